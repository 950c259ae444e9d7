import { type AppEvent, hashString, type MqttSeen } from '../core/index.js';
import { Ring } from './ring.js';

const S_US = 1_000_000;
const MIN_US = 60_000_000;
const EPOCH_US = 300 * S_US;
/** Topics are told apart by hash, 64 at a time; two that collide count as one. */
const TOPICS = 64;

export const QSec = { Connects: 0, Publishes: 1 } as const;
export const QMin = { Violations: 0 } as const;

/** MQTT numbers of one device, as client or broker. */
export class MqttStats {
  readonly sec = new Ring(60, S_US, 2);
  readonly min = new Ring(10, MIN_US, 1);
  /** PUBLISH octets by topic: this epoch of 5 min, then the one before. */
  readonly #topics = new Float64Array(TOPICS * 2);
  #epoch = -1;
  #published = false;

  publish(topicKey: number, octets: number, tsUs: number): void {
    this.#turn(tsUs);
    this.#published = true;
    this.#topics[topicKey & (TOPICS - 1)] += octets;
  }

  /** Octets of the busiest topic in the last 5 to 10 min, NaN when nothing was ever published. */
  busiest(tsUs: number): number {
    if (!this.#published) return Number.NaN;
    this.#turn(tsUs);
    let most = 0;
    for (let i = 0; i < TOPICS; i++) most = Math.max(most, this.#topics[i] + this.#topics[TOPICS + i]);
    return most;
  }

  #turn(tsUs: number): void {
    const epoch = Math.floor(tsUs / EPOCH_US);
    if (epoch <= this.#epoch) return;
    if (epoch === this.#epoch + 1) this.#topics.copyWithin(TOPICS, 0, TOPICS);
    else this.#topics.fill(0, TOPICS);
    this.#topics.fill(0, 0, TOPICS);
    this.#epoch = epoch;
  }
}

/** MQTT events into numbers, at both ends of the connection. */
export class MqttEvents {
  readonly #of: (device: number) => MqttStats;

  constructor(of: (device: number) => MqttStats) {
    this.#of = of;
  }

  event(ev: AppEvent, a: number, b: number): void {
    if (ev.kind === 'mqtt') {
      const topic = ev.packet === 'PUBLISH' ? hashString(0, ev.topic.join('/')) : 0;
      if (a >= 0) note(this.#of(a), ev, topic);
      if (b >= 0 && b !== a) note(this.#of(b), ev, topic);
    } else if (ev.kind === 'weird') {
      if (a >= 0) this.#of(a).min.add(QMin.Violations, 1, ev.tsUs);
      if (b >= 0 && b !== a) this.#of(b).min.add(QMin.Violations, 1, ev.tsUs);
    }
  }
}

function note(s: MqttStats, ev: MqttSeen, topic: number): void {
  if (ev.packet === 'CONNECT') s.sec.add(QSec.Connects, 1, ev.tsUs);
  else if (ev.packet === 'PUBLISH') {
    s.sec.add(QSec.Publishes, 1, ev.tsUs);
    s.publish(topic, ev.octets, ev.tsUs);
  }
}
