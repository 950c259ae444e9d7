import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import {
  cleanLevel,
  formatTimeUs,
  type Logger,
  Random,
  retryLater,
  type SettingsOf,
  type SinkState,
  type Verdict,
  type VerdictSinkClient,
} from '../../core/index.js'; // prettier-ignore
import { settingFile } from '../setting-file.js';
import { UnderWay } from '../under-way.js';
import { explain } from './reasons.js';
import { Retained } from './retained.js';
import type { mqttSettings } from './settings.js';

export interface MqttSinkOptions {
  readonly settings: SettingsOf<typeof mqttSettings>;
  readonly sensor: { readonly site: string; readonly name: string; readonly version: string };
  readonly bootId: string;
  readonly logger: Logger;
  readonly seed: number;
  readonly info: () => Record<string, unknown>;
  readonly wallUs: () => number;
}

/**
 * MQTT sink: QoS 1 behind our own window (the library does not enforce the broker's Receive Maximum), will and birth on
 * every connect, reason codes told apart. The session is clean: our outbox is the session.
 */
export class MqttSink implements VerdictSinkClient {
  readonly name = 'mqtt';
  readonly #o: MqttSinkOptions;
  readonly #root: string;
  readonly #random: Random;
  readonly #v5: boolean;
  readonly #retained: Retained;
  #client: MqttClient | null = null;
  #window: number;
  #maxBytes = Number.POSITIVE_INFINITY;
  #failures = 0;
  #lastError: string | null = null;
  #attempts = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  readonly #underWay = new UnderWay();

  constructor(o: MqttSinkOptions) {
    this.#o = o;
    this.#root = `wardwire/v1/${cleanLevel(o.sensor.site)}/${cleanLevel(o.sensor.name)}`;
    this.#random = new Random(o.seed ^ 0x3a77);
    this.#v5 = o.settings.protocol_version === '5';
    this.#window = o.settings.window;
    this.#retained = new Retained(
      () => this.#client,
      () => this.#underWay.size < this.#window / 2,
    );
  }

  async start(): Promise<void> {
    this.#connect(this.#options());
  }

  ready(): boolean {
    return this.#client?.connected === true && this.#underWay.size < this.#window && !this.#stopped;
  }

  send(verdict: Verdict, handedOver: () => void): Promise<void> {
    const client = this.#client;
    if (client === null) return Promise.reject(retryLater('not connected'));
    const body = JSON.stringify(verdict);
    if (body.length > this.#maxBytes)
      return Promise.reject(new Error(`larger than the broker takes (${this.#maxBytes} bytes)`));
    const { severity, device } = verdict;
    const topic = `${this.#root}/verdict/${severity}/${cleanLevel(device.type)}/${cleanLevel(device.id)}`;
    const properties = this.#v5 ? this.#properties(verdict) : undefined;
    return this.#underWay.give((settle) => {
      client.publish(topic, body, { qos: 1, retain: false, properties }, (error) => {
        if (!error) return settle(null);
        const { code } = error as Error & { code?: number | string };
        if (typeof code === 'number' && code >= 0x80) {
          this.#failures++;
          this.#lastError = explain(code, error.message);
          this.#o.logger.log('error', `mqtt.refused.${code}`, `the broker refused a verdict: ${this.#lastError}`, {
            topic,
          });
          settle(new Error(this.#lastError));
        } else settle(retryLater(error.message));
      });
      // the library writes to the socket within publish() while it is connected
      handedOver();
    });
  }

  /** Sets the retained message of a device, or takes it away (`body` null). Published when there is room. */
  device(id: string, body: Readonly<Record<string, unknown>> | null): void {
    this.#retained.set(`${this.#root}/device/${cleanLevel(id)}`, body === null ? '' : JSON.stringify(body));
  }

  state(): SinkState {
    return {
      connected: this.#client?.connected === true,
      inFlight: this.#underWay.size,
      published: this.#underWay.published,
      failures: this.#failures,
      lastError: this.#lastError,
    };
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
    await Promise.race([bye.catch(() => undefined), new Promise((r) => setTimeout(r, Math.min(deadlineMs, 2000)))]);
    client.end(true);
  }

  #options(): IClientOptions {
    const s = this.#o.settings;
    const file = (setting: string, path: string): Buffer | undefined => settingFile(`mqtt.${setting}`, path);
    const password = file('password_file', s.password_file)?.toString('utf8').split('\n')[0].trim();
    return {
      protocolVersion: this.#v5 ? 5 : 4,
      clientId:
        s.client_id === ''
          ? `wardwire-${cleanLevel(this.#o.sensor.site)}-${cleanLevel(this.#o.sensor.name)}`
          : s.client_id,
      username: s.username === '' ? undefined : s.username,
      password,
      ca: file('ca_file', s.ca_file),
      cert: file('cert_file', s.cert_file),
      key: file('key_file', s.key_file),
      ...(s.servername === '' ? {} : { servername: s.servername }),
      keepalive: s.keepalive_s,
      clean: true,
      connectTimeout: s.connect_timeout_ms,
      reconnectPeriod: 0,
      queueQoSZero: false,
      messageIdProvider: new mqtt.UniqueMessageIdProvider(),
      will: { topic: `${this.#root}/status`, payload: Buffer.from(this.#statusBody('offline')), qos: 1, retain: true },
    };
  }

  #connect(options: IClientOptions): void {
    if (this.#stopped) return;
    const { logger, settings } = this.#o;
    const client = mqtt.connect(settings.url, options);
    this.#client = client;
    client.on('connect', (connack) => {
      this.#attempts = 0;
      this.#lastError = null;
      const p = connack.properties;
      this.#window = Math.max(1, Math.min(settings.window, p?.receiveMaximum ?? settings.window));
      this.#maxBytes = p?.maximumPacketSize === undefined ? Number.POSITIVE_INFINITY : p.maximumPacketSize - 512;
      logger.log('notice', 'mqtt.connected', `connected to ${settings.url}`);
      this.#status(client, 'online').catch((e: Error) =>
        logger.log('error', 'mqtt.birth', `the status could not be published: ${e.message}`),
      );
      client.publish(`${this.#root}/info`, JSON.stringify(this.#o.info()), { qos: 1, retain: true });
      this.#retained.connected();
    });
    client.on('error', (error) => {
      this.#failures++;
      this.#lastError = explain((error as Error & { code?: number | string }).code, error.message);
      logger.log('error', 'mqtt.error', `${settings.url}: ${this.#lastError}`);
    });
    client.on('disconnect', (packet) => {
      logger.log('warning', 'mqtt.disconnected', `the broker ended the session: ${explain(packet.reasonCode, '')}`);
    });
    client.once('close', () => this.#closed(client, options));
  }

  #closed(client: MqttClient, options: IClientOptions): void {
    if (client !== this.#client) return;
    this.#client = null;
    client.removeAllListeners();
    // a late error of a dead client is nobody's business
    client.on('error', () => undefined);
    client.end(true);
    this.#underWay.lost();
    if (this.#stopped) return;
    const { reconnect_min_ms: min, reconnect_max_ms: max } = this.#o.settings;
    const pause = Math.min(max, min * 2 ** Math.min(this.#attempts++, 16));
    // jitter, so that many sensors do not come back at once
    this.#timer = setTimeout(() => this.#connect(options), pause * (0.5 + this.#random.float() / 2));
  }

  async #status(client: MqttClient, state: string): Promise<void> {
    await client.publishAsync(`${this.#root}/status`, this.#statusBody(state), { qos: 1, retain: true });
  }

  #statusBody(state: string): string {
    const { sensor, bootId, wallUs } = this.#o;
    return JSON.stringify({ schema: 'wardwire.status.v1', state, sensor, boot_id: bootId, at: formatTimeUs(wallUs()) });
  }

  #properties(v: Verdict): NonNullable<IPublishPacket['properties']> {
    const expiry = v.severity === 'critical' ? {} : { messageExpiryInterval: this.#o.settings.expiry_h * 3600 };
    return {
      contentType: 'application/json',
      payloadFormatIndicator: true,
      userProperties: { schema: v.schema, severity: v.severity, seq: String(v.seq), boot_id: v.boot_id },
      ...expiry,
    };
  }
}
