import type { IPublishPacket, MqttClient } from 'mqtt';
import type { Logger } from '../../core/index.js';
import type { Answer, CommandName, Commands, Resender } from '../commands/index.js';

/** Answers under way at once; more wait. */
const WINDOW = 2;
const MOST_WAITING = 64;
const MAX_TOPIC = 512;
const MAX_CORRELATION = 1024;
const PUMP_MS = 50;

interface Waiting {
  readonly topic: string;
  readonly body: string;
  readonly correlation: Buffer | undefined;
}

export interface CommandChannelOptions {
  /** `wardwire/v1/{site}/{sensor}`. */
  readonly root: string;
  readonly commands: Commands;
  readonly broker: Resender;
  /** Live verdicts come first: false holds answers back. */
  readonly free: () => boolean;
  readonly logger: Logger;
  /** Told what an answer was refused with. */
  readonly refused: (topic: string, error: Error) => void;
}

/**
 * Commands of one broker: `{root}/cmd/NAME`, answered on the response topic with its correlation data (OASIS MQTT 5.0 4.10), else
 * on `{root}/cmd/result`.
 */
export class CommandChannel {
  readonly #o: CommandChannelOptions;
  readonly #topics: ReadonlyMap<string, CommandName>;
  #client: MqttClient | null = null;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** Answers sent and not acknowledged yet. */
  underWay = 0;

  constructor(o: CommandChannelOptions) {
    this.#o = o;
    this.#topics = new Map(o.commands.names.map((n) => [`${o.root}/cmd/${n}`, n]));
  }

  /** A connection was made: subscribes. */
  connected(client: MqttClient): void {
    this.#client = client;
    this.underWay = 0;
    if (this.#topics.size === 0) return;
    client.on('message', (topic, payload, packet) => {
      const name = this.#topics.get(topic);
      if (name !== undefined) void this.#take(name, payload, packet);
    });
    // retained commands are of no use and would be done again (3.8.3.1, retain handling 2)
    const wanted = Object.fromEntries([...this.#topics.keys()].map((t) => [t, { qos: 1 as const, rh: 2 }]));
    client.subscribe(wanted, (error, granted) => {
      const denied = (granted ?? []).filter((g) => g.qos >= 0x80).map((g) => g.topic);
      if (error === null && denied.length === 0) return;
      const { broker, logger } = this.#o;
      const what = denied.length > 0 ? denied.join(', ') : 'cmd';
      const why = denied.length > 0 ? "the broker's access list does not allow it" : (error as Error).message;
      logger.log('error', 'command.no_subscription', `${broker.name}: cannot hear ${what}: ${why}`);
    });
  }

  /** The connection was lost: who asked asks again. */
  closed(): void {
    this.#client = null;
    this.#waiting = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #take(name: CommandName, payload: Buffer, packet: IPublishPacket): Promise<void> {
    const { commands, broker, root } = this.#o;
    const answer = await commands.take(name, payload, packet.retain, broker);
    if (answer !== null) this.#answer(answer, responseTopic(packet, root), packet.properties?.correlationData);
  }

  #answer(answer: Answer, topic: string, correlation: Buffer | undefined): void {
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
    this.#waiting.push({
      topic,
      body: JSON.stringify(answer),
      correlation: correlation !== undefined && correlation.length <= MAX_CORRELATION ? correlation : undefined,
    });
    this.#pump();
  }

  /** An access list that lets the sensor answer on its own topic only: there the answer is found, if not by who waits for it. */
  #refused(answer: Waiting, error: Error): void {
    this.#o.refused(answer.topic, error);
    const own = `${this.#o.root}/cmd/result`;
    const { code } = error as Error & { code?: unknown };
    if (answer.topic !== own && typeof code === 'number' && code >= 0x80) this.#waiting.push({ ...answer, topic: own });
  }

  #pump(): void {
    this.#timer = null;
    const client = this.#client;
    if (client === null || !client.connected) return;
    while (this.#waiting.length > 0 && this.underWay < WINDOW && this.#o.free()) {
      const { topic, body, correlation } = this.#waiting.shift() as Waiting;
      const properties = {
        contentType: 'application/json',
        payloadFormatIndicator: true,
        ...(correlation && { correlationData: correlation }),
      };
      this.underWay++;
      client.publish(topic, body, { qos: 1, retain: false, properties }, (error) => {
        if (client !== this.#client) return;
        this.underWay--;
        if (error) this.#refused({ topic, body, correlation }, error);
        this.#pump();
      });
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#pump(), PUMP_MS);
  }
}

/**
 * Where the answer goes. A sender may name any topic that is not the sensor's own word or a broker's: nobody is to put words into
 * the sensor's mouth.
 */
export function responseTopic(packet: IPublishPacket, root: string): string {
  const own = `${root}/cmd/result`;
  const t = packet.properties?.responseTopic;
  if (t === undefined || t === '' || Buffer.byteLength(t) > MAX_TOPIC || /[+#\p{Cc}]/u.test(t) || t.startsWith('$'))
    return own;
  if (t === own || t.startsWith(`${own}/`)) return t;
  return /^wardwire(\/|$)/.test(t) ? own : t;
}
