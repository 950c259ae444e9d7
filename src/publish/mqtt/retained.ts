import type { MqttClient } from 'mqtt';

/** Retained messages under way at once, and the pause between two looks at what waits. */
const WINDOW = 4;
const PUMP_MS = 20;
/**
 * While verdicts pass: one at a time, with this pause. A broker that writes everything down at each change spends milliseconds on every
 * message, the more the more is retained, and verdicts wait behind it.
 */
const BUSY_PAUSE_MS = 200;

/**
 * Retained messages: the newest body of each topic, published behind live verdicts and all of them again at every connection,
 * because a broker may have lost them. An empty body takes a topic away (MQTT 5.0 3.3.1.3).
 */
export class Retained {
  readonly #bodies = new Map<string, string>();
  readonly #waiting = new Set<string>();
  /** Sent and not answered yet. */
  underWay = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    /** The connection, null while there is none. */
    private readonly client: () => MqttClient | null,
    /** Live verdicts come first: false holds retained ones back, of which `own` are under way. */
    private readonly free: (own: number) => boolean,
    /** Whether verdicts have passed of late. */
    private readonly busy: () => boolean,
    /** Told what a message was answered with instead of an acknowledgement. */
    private readonly failed: (topic: string, error: Error) => void,
  ) {}

  set(topic: string, body: string): void {
    if (body === '') this.#bodies.delete(topic);
    else if (this.#bodies.get(topic) === body) return;
    else this.#bodies.set(topic, body);
    this.#waiting.add(topic);
    this.#later();
  }

  /** A connection was made. */
  connected(): void {
    for (const topic of this.#bodies.keys()) this.#waiting.add(topic);
    this.underWay = 0;
    this.#later();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.clear();
  }

  #later(): void {
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#pump(), this.busy() ? BUSY_PAUSE_MS : PUMP_MS);
  }

  #pump(): void {
    this.#timer = null;
    const client = this.client();
    if (client === null || !client.connected) return;
    const window = this.busy() ? 1 : WINDOW;
    for (const topic of this.#waiting) {
      if (this.underWay >= window || !this.free(this.underWay)) break;
      this.#waiting.delete(topic);
      this.underWay++;
      client.publish(topic, this.#bodies.get(topic) ?? '', { qos: 1, retain: true }, (error) => {
        this.underWay--;
        // a lost connection publishes all again
        if (error) this.failed(topic, error);
        this.#later();
      });
    }
    this.#later();
  }
}
