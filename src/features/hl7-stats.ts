import {
  type AppEvent,
  fold32,
  type Hl7Ack,
  type Hl7Message,
  type Learned,
  LearnedSet,
  mix32,
  Novelty,
  RecentIds,
} from '../core/index.js';
import { DistinctWindow } from './distinct.js';
import { Recent } from './recent.js';
import { Ring } from './ring.js';

const S_US = 1_000_000;
const MIN_US = 60_000_000;
const MAX_IDS = 1024;
const TYPE_EPOCH_US = 300 * S_US;
const FORGET_US = 600 * S_US;
/** State of a control id, in `RecentIds.second`. */
const Id = { Answered: 0, Open: 1 } as const;

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
  /** Control ids with the time and the body they came with last. */
  readonly #ids = new RecentIds(MAX_IDS);
  /** How many of them wait for an acknowledgement; may be too many by those that left the list unanswered. */
  #open = 0;
  /** The newest patient and the second he was counted in: vital signs name the same one for hours. */
  lastPatient = 0;
  lastPatientSec = -1;
  /** Numeric OBX values have been looked at. */
  obxSeen = false;

  constructor(exact: number) {
    this.patients = new DistinctWindow(600, exact);
    this.newTuples = new DistinctWindow(600, exact);
  }

  /** A message with this control id came; true when the id came before with another body. */
  sent(id: number, body: number, tsUs: number): boolean {
    const ids = this.#ids;
    const known = ids.find(id);
    const row = known >= 0 ? known : ids.add(id);
    const reused = known >= 0 && ids.first[row] !== body;
    if (known < 0 || ids.second[row] !== Id.Open) this.#open++;
    ids.us[row] = tsUs;
    ids.first[row] = body;
    ids.second[row] = Id.Open;
    return reused;
  }

  /** The message with this control id was acknowledged. */
  answered(id: number): void {
    const row = this.#ids.find(id);
    if (row < 0 || this.#ids.second[row] !== Id.Open) return;
    this.#ids.second[row] = Id.Answered;
    this.#open--;
  }

  /** Messages older than `timeoutUs` that nobody acknowledged, within the last 10 min. */
  unacked(nowUs: number, timeoutUs: number): number {
    const ids = this.#ids;
    let late = 0;
    let found = 0;
    for (let age = 0; age < ids.size && found < this.#open; age++) {
      const row = ids.newest(age);
      if (ids.second[row] !== Id.Open) continue;
      const waited = nowUs - ids.us[row];
      if (waited > FORGET_US) ids.second[row] = Id.Answered;
      else {
        found++;
        if (waited > timeoutUs) late++;
      }
    }
    this.#open = found;
    return late;
  }

  /** True when an epoch of message types is over. */
  typesDue(nowUs: number): boolean {
    return nowUs >= (this.typeEpoch + 1) * TYPE_EPOCH_US;
  }

  /** Turns the epochs of message types; a finished epoch of a learning device is learned. */
  turnTypes(nowUs: number, learning: boolean): void {
    if (!this.typesDue(nowUs)) return;
    const epoch = Math.floor(nowUs / TYPE_EPOCH_US);
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

  constructor(of: (device: number) => Hl7Stats, learned: Learned) {
    this.#of = of;
    this.#learned = learned;
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
    const { data } = s.min;
    const m = s.min.open(t);
    data[m + HMin.Messages]++;
    data[m + HMin.Octets] += ev.octets;
    if (ev.longestSegment > data[m + HMin.SegmentMax]) data[m + HMin.SegmentMax] = ev.longestSegment;
    if (ev.messageType.startsWith('ADT') && MERGE.test(ev.messageType) && !NOT_MERGE.test(ev.messageType))
      data[m + HMin.Merges]++;
    if (ev.framing !== 'canonical') data[m + HMin.Violations]++;
    if (s.typesDue(t)) s.turnTypes(t, this.#learned.learning(d, t));
    s.types[ev.typeKey & (TYPES - 1)]++;
    if (ev.patientKey !== 0 && (ev.patientKey !== s.lastPatient || sec !== s.lastPatientSec)) {
      s.lastPatient = ev.patientKey;
      s.lastPatientSec = sec;
      s.patients.add(ev.patientKey, sec);
    }
    if (!Number.isNaN(ev.messageTimeUs)) s.skewS.add((t - ev.messageTimeUs) / S_US);
    if (ev.obxNumeric !== undefined) {
      s.obxSeen = true;
      data[m + HMin.ObxNumeric] += ev.obxNumeric;
      data[m + HMin.ObxOutOfRange] += ev.obxOutOfRange ?? 0;
      data[m + HMin.ObxFlagMismatch] += ev.obxFlagMismatch ?? 0;
    }
    if (ev.controlKey !== 0 && s.sent(ev.controlKey, ev.bodyHash, t)) data[m + HMin.DuplicateIds]++;
    if (listener) {
      const key = mix32(fold32(fold32(fromKey, TUPLE), ev.partiesKey));
      // in the set of habits: the sets of senders belong to the rules, who key them otherwise
      if (this.#learned.observe(LearnedSet.App, d, key, t) === Novelty.New) s.newTuples.add(key, sec);
    }
  }

  #ack(ev: Hl7Ack, d: number): void {
    const s = this.#of(d);
    const m = s.min.open(ev.tsUs);
    s.min.data[m + HMin.Acks]++;
    if (NEGATIVE.includes(ev.code)) s.min.data[m + HMin.AcksNegative]++;
    if (!Number.isNaN(ev.latencyUs)) s.ackMs.add(ev.latencyUs / 1000);
    if (ev.controlKey !== 0) s.answered(ev.controlKey);
  }
}
