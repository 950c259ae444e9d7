import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import {
  formatTimeUs,
  type Logger,
  Random,
  retryLater,
  type SettingsOf,
  type SinkState,
  type Verdict,
  type VerdictSinkClient,
} from '../../core/index.js'; // prettier-ignore
import { shownUrl } from '../address.js';
import type { Commands } from '../commands/index.js';
import { type Explained, Faults } from '../faults.js';
import { contentType, encode } from '../formats/index.js';
import { sinkState, UnderWay } from '../under-way.js';
import { CommandChannel } from './commands.js';
import { mqttIdentity } from './identity.js';
import { brokerOptions } from './options.js';
import { explain } from './reasons.js';
import { Retained } from './retained.js';
import { RoundTrip } from './round-trip.js';
import type { mqttSettings } from './settings.js';
import { deviceTopic, verdictTopic } from './topics.js';

/** Verdicts of this long ago still have the way to themselves, µs. */
const BUSY_US = 2e6;

export interface MqttSinkOptions {
  /** `mqtt`, or `mqtt-NAME` of one of several brokers. */
  readonly name: string;
  readonly settings: SettingsOf<typeof mqttSettings>;
  readonly sensor: { readonly site: string; readonly name: string; readonly version: string };
  readonly bootId: string;
  readonly logger: Logger;
  readonly seed: number;
  readonly info: () => Record<string, unknown>;
  readonly wallUs: () => number;
  /** Commands of subscribers; absent: none are heard. */
  readonly commands?: Commands;
}

/**
 * MQTT sink: QoS 1 behind our own window (the library does not enforce the broker's Receive Maximum), will and birth on
 * every connect, reason codes told apart. Delivered is what was acknowledged one round trip ago (`round-trip.ts`). The session is clean: our outbox is the session.
 */
export class MqttSink implements VerdictSinkClient {
  readonly name: string;
  readonly #o: MqttSinkOptions;
  readonly #root: string;
  readonly #clientId: string;
  readonly #random: Random;
  readonly #v5: boolean;
  readonly #retained: Retained;
  readonly #channel: CommandChannel | null;
  #client: MqttClient | null = null;
  #window: number;
  #maxBytes = Number.POSITIVE_INFINITY;
  /** Birth and info under way: they take room of the window like everything else. */
  #greeting = 0;
  /** When the newest verdict was given, wall time, µs. */
  #verdictUs = Number.NEGATIVE_INFINITY;
  readonly #faults = new Faults();
  #attempts = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  readonly #underWay = new UnderWay();
  readonly #roundTrip = new RoundTrip();

  constructor(o: MqttSinkOptions) {
    this.#o = o;
    this.name = o.name;
    const { topic, clientId } = mqttIdentity(o.settings, o.sensor);
    this.#root = topic.join('/');
    this.#clientId = clientId;
    // several brokers never come back in step
    this.#random = new Random(o.seed ^ 0x3a77 ^ Buffer.from(o.name).reduce((a, b) => Math.imul(a, 31) + b, 0));
    this.#v5 = o.settings.protocol_version === '5';
    this.#window = o.settings.window;
    this.#retained = new Retained(
      () => this.#client,
      (own) => this.#greeting === 0 && this.#underWay.size + own < Math.max(1, this.#window / 2),
      () => Math.abs(o.wallUs() - this.#verdictUs) < BUSY_US,
      (topic, e) => this.#refused(topic, e),
    );
    this.#channel =
      o.commands === undefined
        ? null
        : new CommandChannel({
            root: this.#root,
            commands: o.commands,
            broker: this,
            free: () => this.ready(),
            logger: o.logger,
            refused: (topic, e) => this.#refused(topic, e),
          });
  }

  async start(): Promise<void> {
    this.#connect(this.#options());
  }

  ready(): boolean {
    const used = this.#underWay.size + this.#retained.underWay + this.#greeting + (this.#channel?.underWay ?? 0);
    return this.#client?.connected === true && used < this.#window && !this.#stopped;
  }

  send(verdict: Verdict, handedOver: () => void): Promise<void> {
    return this.#give(verdict, handedOver, {});
  }

  get connected(): boolean {
    return this.#client?.connected === true;
  }

  /** Sends a verdict again that a subscriber missed, marked as such; null while live ones need the room. */
  again(verdict: Verdict): Promise<void> | null {
    if (!this.ready() || this.#underWay.size >= Math.max(1, this.#window / 2)) return null;
    return this.#give(verdict, () => undefined, { replayed: 'true' });
  }

  #give(verdict: Verdict, handedOver: () => void, more: Record<string, string>): Promise<void> {
    const client = this.#client;
    if (client === null) return Promise.reject(retryLater('not connected'));
    const body = encode(this.#o.settings.format, verdict);
    if (Buffer.byteLength(body) > this.#maxBytes) {
      const text = `larger than the broker takes (${this.#maxBytes} bytes)`;
      this.#fault({ fault: 'too_large', text });
      return Promise.reject(new Error(text));
    }
    this.#verdictUs = this.#o.wallUs();
    const topic = verdictTopic(this.#root, verdict);
    const properties = this.#v5 ? this.#properties(verdict, more) : undefined;
    return this.#underWay.give((settle) => {
      client.publish(topic, body, { qos: 1, retain: false, properties }, (error) => {
        if (!error) return this.#roundTrip.after(() => settle(null));
        const refused = this.#refused(topic, error);
        settle(refused === null ? retryLater(error.message) : new Error(refused));
      });
      // the library writes to the socket within publish() while it is connected
      handedOver();
    });
  }

  /** Sets the retained message of a device, or takes it away (`body` null). Published when there is room. */
  device(id: string, body: Readonly<Record<string, unknown>> | null): void {
    this.#retained.set(deviceTopic(this.#root, id), body === null ? '' : JSON.stringify(body));
  }

  state(): SinkState {
    return sinkState(this.#client?.connected === true, this.#underWay, this.#faults);
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#retained.stop();
    if (this.#timer) clearTimeout(this.#timer);
    const client = this.#client;
    if (client === null) return;
    const bye = (async () => {
      if (client.connected) await this.#status(client, 'stopping');
      await client.endAsync();
    })();
    const late = new Promise((r) => setTimeout(r, Math.min(deadlineMs, 2000)).unref());
    await Promise.race([bye.catch(() => undefined), late]);
    client.end(true);
  }

  #options(): IClientOptions {
    return {
      ...brokerOptions(this.#o.settings, this.#clientId),
      will: { topic: `${this.#root}/status`, payload: Buffer.from(this.#statusBody('offline')), qos: 1, retain: true },
    };
  }

  #connect(options: IClientOptions): void {
    if (this.#stopped) return;
    const { logger, settings } = this.#o;
    const client = mqtt.connect(settings.url, options);
    this.#client = client;
    this.#roundTrip.follow(client);
    client.on('connect', (connack) => {
      const p = connack.properties;
      this.#window = Math.max(1, Math.min(settings.window, p?.receiveMaximum ?? settings.window));
      this.#maxBytes = p?.maximumPacketSize === undefined ? Number.POSITIVE_INFINITY : p.maximumPacketSize - 512;
      logger.log('notice', 'mqtt.connected', `${this.name}: connected to ${shownUrl(settings.url)}`);
      this.#channel?.connected(client);
      void this.#greet(client);
    });
    client.on('error', (error) => this.#fault(explain(codeOf(error), error.message, 'session')));
    client.on('disconnect', (packet) => this.#fault(explain(packet.reasonCode, '', 'session')));
    client.once('close', () => this.#closed(client, options));
  }

  #closed(client: MqttClient, options: IClientOptions): void {
    if (client !== this.#client) return;
    this.#client = null;
    client.removeAllListeners();
    // a late error of a dead client is nobody's business
    client.on('error', () => undefined);
    client.end(true);
    this.#greeting = 0;
    this.#channel?.closed();
    this.#underWay.lost();
    if (this.#stopped) return;
    const { reconnect_min_ms: min, reconnect_max_ms: max } = this.#o.settings;
    const pause = Math.min(max, min * 2 ** Math.min(this.#attempts++, 16));
    // jitter, so that many sensors do not come back at once
    this.#timer = setTimeout(() => this.#connect(options), pause * (0.5 + this.#random.float() / 2));
  }

  /** Birth, then info, then what is retained: one at a time, however small the broker's window is. */
  async #greet(client: MqttClient): Promise<void> {
    this.#greeting = 1;
    const before = this.#faults.total;
    const info = JSON.stringify(this.#o.info());
    for (const [topic, said] of [
      ['status', () => this.#status(client, 'online')],
      ['info', () => client.publishAsync(`${this.#root}/info`, info, { qos: 1, retain: true })],
    ] as const) {
      await said().catch((e: Error) => this.#refused(`${this.#root}/${topic}`, e));
    }
    if (client !== this.#client) return;
    this.#greeting = 0;
    // a broker that lets in, refuses and hangs up (mosquitto 2.0 under TLS) is not asked five times a second
    if (this.#faults.total === before) {
      this.#attempts = 0;
      this.#faults.over();
    }
    this.#retained.connected();
  }

  /** Says and counts what went wrong; each thing once until it works again. */
  #fault(e: Explained): void {
    if (this.#faults.add(e))
      this.#o.logger.log('error', `mqtt.${e.fault}`, `${this.name}: ${shownUrl(this.#o.settings.url)}: ${e.text}`);
  }

  /** In plain words why the broker refused a message; null when it did not, but the connection was lost. */
  #refused(topic: string, error: Error): string | null {
    const code = codeOf(error);
    if (typeof code !== 'number' || code < 0x80) return null;
    const e = explain(code, error.message, 'write');
    if (this.#faults.add(e))
      this.#o.logger.log('error', `mqtt.${e.fault}`, `${this.name}: the broker refused a message: ${e.text}`, {
        topic,
      });
    return e.text;
  }

  async #status(client: MqttClient, state: string): Promise<void> {
    await client.publishAsync(`${this.#root}/status`, this.#statusBody(state), { qos: 1, retain: true });
  }

  #statusBody(state: string): string {
    const { sensor, bootId, wallUs } = this.#o;
    return JSON.stringify({ schema: 'wardwire.status.v1', state, sensor, boot_id: bootId, at: formatTimeUs(wallUs()) });
  }

  #properties(v: Verdict, more: Record<string, string>): NonNullable<IPublishPacket['properties']> {
    const { format } = this.#o.settings;
    const schema = format === 'native' ? v.schema : format;
    const expiry = v.severity === 'critical' ? {} : { messageExpiryInterval: this.#o.settings.expiry_h * 3600 };
    return {
      contentType: contentType(format),
      payloadFormatIndicator: true,
      userProperties: { schema, severity: v.severity, seq: String(v.seq), boot_id: v.boot_id, ...more },
      ...expiry,
    };
  }
}

const codeOf = (error: Error): number | string | undefined => (error as Error & { code?: number | string }).code;
