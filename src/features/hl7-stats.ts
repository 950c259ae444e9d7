import {
  type AppEvent,
  fold32,
  type Hl7Ack,
  type Hl7Message,
  hashString,
  type Learned,
  LearnedSet,
  mix32,
  Novelty,
} from '../core/index.js';
import { DistinctWindow } from './distinct.js';
import { Recent } from './recent.js';
import { Ring } from './ring.js';

const S_US = 1_000_000;
const MIN_US = 60_000_000;
const MAX_OPEN = 256;
const MAX_IDS = 1024;
const FORGET_US = 600 * S_US;

export const HSec = { Messages: 0 } as const;
export const HMin = {
  Messages: 0,
  Acks: 1,
  AcksNegative: 2,
  DuplicateIds: 3,
  Octets: 4,
  SegmentMax: 5,
  Merges: 6,
  ObxNumeric: 7,
  ObxOutOfRange: 8,
  ObxFlagMismatch: 9,
  Violations: 10,
} as const;

/** ADT events that merge, move or unlink patient records (HL7 v2.5 chapter 3). */
const MERGE = /^ADT_A(17|18|3[0-9]|4[0-9]|5[01])$/;
const NOT_MERGE = /^ADT_A(31|32|33|37|38)$/;
const TUPLE = 0x746c7068;
const NEGATIVE: readonly string[] = ['AE', 'AR', 'CE', 'CR'];

export const TYPES = 64;

/** HL7 numbers of one device, as sender or listener. */
export class Hl7Stats {
  readonly sec = new Ring(60, S_US, 1);
  readonly min = new Ring(60, MIN_US, 11);
  readonly patients: DistinctWindow;
  readonly newTuples: DistinctWindow;
  readonly ackMs = new Recent();
  readonly skewS = new Recent();
  /** Message types by hash: two epochs of 5 min, then the learned mix. */
  readonly types = new Float64Array(TYPES * 3);
  typeEpoch = -1;
  /** Control id tokens not yet acknowledged, oldest first. */
  readonly open = new Map<string, number>();
  /** Control id tokens and the hash of the message they came with, oldest first. */
  readonly ids = new Map<string, number>();
  /** Numeric OBX values have been looked at. */
  obxSeen = false;

  constructor(exact: number) {
    this.patients = new DistinctWindow(600, exact);
    this.newTuples = new DistinctWindow(600, exact);
  }

  /** Messages older than `timeoutUs` that nobody acknowledged, within the last 10 min. */
  unacked(nowUs: number, timeoutUs: number): number {
    let n = 0;
    for (const [id, t] of this.open) {
      if (nowUs - t > FORGET_US) this.open.delete(id);
      else if (nowUs - t > timeoutUs) n++;
      else break;
    }
    return n;
  }

  /** Turns the epochs of message types; a finished epoch of a learning device is learned. */
  turnTypes(nowUs: number, learning: boolean): void {
    const epoch = Math.floor(nowUs / (300 * S_US));
    if (epoch <= this.typeEpoch) return;
    if (learning) for (let i = 0; i < TYPES; i++) this.types[2 * TYPES + i] += this.types[i];
    if (epoch === this.typeEpoch + 1) this.types.copyWithin(TYPES, 0, TYPES);
    else this.types.fill(0, TYPES, 2 * TYPES);
    this.types.fill(0, 0, TYPES);
    this.typeEpoch = epoch;
  }
}

/** HL7 events into numbers. */
export class Hl7Events {
  readonly #of: (device: number) => Hl7Stats;
  readonly #learned: Learned;
  readonly #seed: number;

  constructor(of: (device: number) => Hl7Stats, learned: Learned, seed: number) {
    this.#of = of;
    this.#learned = learned;
    this.#seed = seed;
  }

  /** `from` and `to`: device that sent it and device it was sent to, −1 none; `fromKey`: hash of the sender's address. */
  event(ev: AppEvent, from: number, to: number, fromKey: number): void {
    if (ev.kind === 'hl7.message') {
      if (from >= 0) this.#message(ev, from, fromKey, false);
      if (to >= 0 && to !== from) this.#message(ev, to, fromKey, true);
    } else if (ev.kind === 'hl7.ack') {
      if (from >= 0) this.#ack(ev, from);
      if (to >= 0 && to !== from) this.#ack(ev, to);
    } else if (ev.kind === 'weird') {
      if (from >= 0) this.#of(from).min.add(HMin.Violations, 1, ev.tsUs);
      if (to >= 0 && to !== from) this.#of(to).min.add(HMin.Violations, 1, ev.tsUs);
    }
  }

  #message(ev: Hl7Message, d: number, fromKey: number, listener: boolean): void {
    const s = this.#of(d);
    const t = ev.tsUs;
    const sec = Math.floor(t / S_US);
    s.sec.add(HSec.Messages, 1, t);
    s.min.add(HMin.Messages, 1, t);
    s.min.add(HMin.Octets, ev.octets, t);
    s.min.max(HMin.SegmentMax, ev.longestSegment, t);
    if (ev.messageType.startsWith('ADT') && MERGE.test(ev.messageType) && !NOT_MERGE.test(ev.messageType))
      s.min.add(HMin.Merges, 1, t);
    if (ev.framing !== 'canonical') s.min.add(HMin.Violations, 1, t);
    s.turnTypes(t, this.#learned.learning(d, t));
    s.types[hashString(this.#seed, ev.messageType) & (TYPES - 1)]++;
    if (ev.patientToken !== '') s.patients.add(hashString(this.#seed, ev.patientToken), sec);
    if (!Number.isNaN(ev.messageTimeUs)) s.skewS.add((t - ev.messageTimeUs) / S_US);
    if (ev.obxNumeric !== undefined) {
      s.obxSeen = true;
      s.min.add(HMin.ObxNumeric, ev.obxNumeric, t);
      s.min.add(HMin.ObxOutOfRange, ev.obxOutOfRange ?? 0, t);
      s.min.add(HMin.ObxFlagMismatch, ev.obxFlagMismatch ?? 0, t);
    }
    if (ev.controlToken !== '') {
      const before = s.ids.get(ev.controlToken);
      if (before !== undefined && before !== ev.bodyHash) s.min.add(HMin.DuplicateIds, 1, t);
      keep(s.ids, ev.controlToken, ev.bodyHash, MAX_IDS);
      keep(s.open, ev.controlToken, t, MAX_OPEN);
    }
    if (listener) {
      let key = fold32(fold32(fromKey, TUPLE), hashString(this.#seed, ev.sendingApp));
      key = fold32(key, hashString(this.#seed, ev.sendingFacility));
      key = fold32(key, hashString(this.#seed, ev.receivingApp));
      key = mix32(fold32(key, hashString(this.#seed, ev.receivingFacility)));
      // in the set of habits: the sets of senders belong to the rules, who key them otherwise
      if (this.#learned.observe(LearnedSet.App, d, key, t) === Novelty.New) s.newTuples.add(key, sec);
    }
  }

  #ack(ev: Hl7Ack, d: number): void {
    const s = this.#of(d);
    s.min.add(HMin.Acks, 1, ev.tsUs);
    if (NEGATIVE.includes(ev.code)) s.min.add(HMin.AcksNegative, 1, ev.tsUs);
    if (!Number.isNaN(ev.latencyUs)) s.ackMs.add(ev.latencyUs / 1000);
    s.open.delete(ev.controlToken);
  }
}

/** Sets a key as the newest; the oldest leaves when there are too many. */
function keep(map: Map<string, number>, key: string, value: number, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > max) for (const oldest of map.keys()) return void map.delete(oldest);
}
