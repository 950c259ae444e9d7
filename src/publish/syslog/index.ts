import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type Logger,
  Random,
  retryLater,
  type SettingsOf,
  type SinkState,
  type Verdict,
  type VerdictSinkClient,
} from '../../core/index.js';
import { explainNetwork, Faults } from '../faults.js';
import { settingFile } from '../setting-file.js';
import { sinkState, UnderWay } from '../under-way.js';
import { octetCounted, syslogMessage } from './message.js';
import type { syslogSettings } from './settings.js';

export { syslogMessage } from './message.js';
export { syslogSettings } from './settings.js';

const WINDOW = 64;
const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 30_000;
const PORTS: Readonly<Record<string, number>> = { udp: 514, tcp: 601, tls: 6514 };

export interface SyslogSinkOptions {
  readonly settings: SettingsOf<typeof syslogSettings>;
  /** Name of the sensor, the message's HOSTNAME. */
  readonly host: string;
  readonly logger: Logger;
  readonly seed: number;
}

/**
 * Verdicts by syslog. The protocol acknowledges nothing: over TCP and TLS a verdict counts as delivered when the system has taken it
 * to send, over UDP when it left; what was in the system's hands when a connection broke may be lost, so MQTT or the file are the
 * sinks to rely on.
 */
export class SyslogSink implements VerdictSinkClient {
  readonly name = 'syslog';
  readonly window = WINDOW;
  readonly #o: SyslogSinkOptions;
  readonly #scheme: string;
  readonly #hostname: string;
  readonly #port: number;
  #datagrams: Datagrams | null = null;
  #socket: Socket | null = null;
  #connected = false;
  #attempts = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  readonly #faults = new Faults();
  readonly #random: Random;
  #tls: { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string } = {};
  readonly #underWay = new UnderWay();

  constructor(o: SyslogSinkOptions) {
    this.#o = o;
    this.#random = new Random(o.seed ^ 0x5e10);
    const url = new URL(o.settings.url);
    this.#scheme = url.protocol.slice(0, -1);
    this.#hostname = url.hostname.replace(/^\[|\]$/g, '');
    this.#port = url.port === '' ? (PORTS[this.#scheme] ?? 514) : Number(url.port);
  }

  /** Does not wait for the receiver. @throws WardwireError('config') when a file cannot be read */
  async start(): Promise<void> {
    const { ca_file, cert_file, key_file, servername } = this.#o.settings;
    this.#tls = {
      ca: settingFile('syslog.ca_file', ca_file),
      cert: settingFile('syslog.cert_file', cert_file),
      key: settingFile('syslog.key_file', key_file),
      ...(servername === '' ? {} : { servername }),
    };
    if (this.#scheme === 'udp') {
      this.#datagrams = createSocket(this.#hostname.includes(':') ? 'udp6' : 'udp4');
      this.#datagrams.on('error', (e) => this.#failed(e));
      this.#connected = true;
    } else this.#connect();
  }

  ready(): boolean {
    return this.#connected && !this.#stopped && this.#underWay.size < WINDOW;
  }

  send(verdict: Verdict, handedOver: () => void): Promise<void> {
    const { facility, enterprise_id, format } = this.#o.settings;
    const header = { facility, enterpriseId: enterprise_id, host: this.#o.host, pid: process.pid };
    const message = syslogMessage(verdict, format, header);
    return this.#underWay.give((settle) => {
      const sent = (e?: Error | null): void => settle(e ? retryLater(e.message) : null);
      if (this.#datagrams !== null)
        this.#datagrams.send(Buffer.from(message, 'utf8'), this.#port, this.#hostname, sent);
      else if (this.#socket !== null) this.#socket.write(octetCounted(message), sent);
      else return sent(new Error('not connected'));
      handedOver();
    });
  }

  state(): SinkState {
    return sinkState(this.#connected, this.#underWay, this.#faults);
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#datagrams?.close();
    const socket = this.#socket;
    if (socket === null) return;
    await Promise.race([
      new Promise<void>((resolve) => socket.end(() => resolve())),
      new Promise((resolve) => setTimeout(resolve, Math.min(deadlineMs, 2000)).unref()),
    ]);
    socket.destroy();
  }

  #connect(): void {
    const at = { host: this.#hostname, port: this.#port };
    const secure = this.#scheme === 'tls';
    const socket = secure ? connectTls({ ...at, servername: this.#hostname, ...this.#tls }) : connectTcp(at);
    this.#socket = socket;
    socket.setKeepAlive(true, 10_000);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      this.#connected = true;
      this.#attempts = 0;
      this.#faults.over();
      this.#o.logger.log('notice', 'syslog.connected', `connected to ${this.#o.settings.url}`);
    });
    socket.on('error', (e) => this.#failed(e));
    // a receiver never talks back; its end of the connection is the end of it
    socket.on('end', () => socket.destroy());
    socket.resume();
    socket.once('close', () => this.#closed(socket));
  }

  #failed(e: NodeJS.ErrnoException): void {
    const why = explainNetwork(e.code, e.message, 'syslog');
    if (this.#faults.add(why))
      this.#o.logger.log('error', `syslog.${why.fault}`, `${this.#o.settings.url}: ${why.text}`);
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#connected = false;
    this.#underWay.lost();
    if (this.#stopped) return;
    const pause = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** Math.min(this.#attempts++, 10));
    this.#timer = setTimeout(() => this.#connect(), pause * (0.5 + this.#random.float() / 2));
  }
}
