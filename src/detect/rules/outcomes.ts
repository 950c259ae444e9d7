import { type FlowColumns, FlowMark, IpProto } from '../../core/index.js';

const RING = 64;
/** Time an attempt has to be answered, and an answered connection to carry data, µs. */
const ANSWER_US = 500_000;
const DATA_US = 2_000_000;

const Outcome = { Open: 0, Failed: 1, Good: 2 } as const;

/** What became of the newest connections of one source: refused, unanswered and empty ones failed. */
export class Outcomes {
  /** Slot × 4 + outcome; −1 none. */
  readonly #state = new Int32Array(RING).fill(-1);
  readonly #us = new Float64Array(RING).fill(Number.NEGATIVE_INFINITY);
  #at = 0;
  failed = 0;
  settled = 0;

  /** Of another source from now on. */
  clear(): void {
    this.#state.fill(-1);
    this.#us.fill(Number.NEGATIVE_INFINITY);
    this.#at = 0;
    this.failed = 0;
    this.settled = 0;
  }

  opened(slot: number, tsUs: number): void {
    this.#state[this.#at] = slot * 4 + Outcome.Open;
    this.#us[this.#at] = tsUs;
    this.#at = (this.#at + 1) % RING;
  }

  closed(slot: number, columns: FlowColumns): void {
    for (let i = 0; i < RING; i++) {
      if (this.#state[i] !== slot * 4 + Outcome.Open) continue;
      this.#state[i] = slot * 4 + outcomeOf(columns, slot, true);
      return;
    }
  }

  /** Counts settled and failed attempts within the window. */
  judge(columns: FlowColumns, nowUs: number, windowUs: number): void {
    this.failed = 0;
    this.settled = 0;
    for (let i = 0; i < RING; i++) {
      const age = nowUs - this.#us[i];
      if (age > windowUs) continue;
      let o = this.#state[i] & 3;
      if (o === Outcome.Open) {
        const slot = this.#state[i] >> 2;
        o = outcomeOf(columns, slot, age > (answered(columns, slot) ? DATA_US : ANSWER_US));
        if (o === Outcome.Open) continue;
      }
      this.settled++;
      if (o === Outcome.Failed) this.failed++;
    }
  }
}

/** What is known of an attempt; `late`: nothing more is waited for. */
function outcomeOf(c: FlowColumns, slot: number, late: boolean): number {
  if (gaveData(c, slot)) return Outcome.Good;
  if (refused(c, slot)) return Outcome.Failed;
  // the answer was acknowledged: only the sensor did not see it
  if ((c.marks[slot] & FlowMark.UnseenBack) !== 0) return Outcome.Good;
  return late ? Outcome.Failed : Outcome.Open;
}

function gaveData(c: FlowColumns, slot: number): boolean {
  return c.payload[2 * slot + 1] > 0 || (c.proto[slot] !== IpProto.Tcp && c.packets[2 * slot + 1] > 0);
}
function answered(c: FlowColumns, slot: number): boolean {
  return (c.marks[slot] & FlowMark.SynAckSeen) !== 0;
}
/** The only answer was a reset. */
function refused(c: FlowColumns, slot: number): boolean {
  return c.proto[slot] === IpProto.Tcp && c.packets[2 * slot + 1] > 0 && !answered(c, slot);
}
