import type { MqttClient } from 'mqtt';

/** Retained messages under way at once, and the pause between two looks at what waits. */
const WINDOW = 4;
const PUMP_MS = 20;

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
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#pump(), PUMP_MS);
  }

  #pump(): void {
    this.#timer = null;
    const client = this.client();
    if (client === null || !client.connected) return;
    for (const topic of this.#waiting) {
      if (this.underWay >= WINDOW || !this.free(this.underWay)) break;
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
