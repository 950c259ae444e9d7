import type { VitalsSeen } from '../core/index.js';
import { dampedMean, dampedStd, exp2neg, LAMBDA } from './damped.js';
import { Ring } from './ring.js';

const MIN_US = 60_000_000;
/** Counted streams of one monitor that are told apart (numerics, waves, alarms …); beyond, the one unused longest leaves. */
const STREAMS = 4;
/** A jump further than this is a new beginning, not a loss. */
const MOST_LOST = 1024;
/** Messages of a stream before its period is told. */
const LEAST_MESSAGES = 3;

export const VMin = { Gaps: 0, Repeats: 1 } as const;

interface Stream {
  id: number;
  sequence: number;
  lastUs: number;
  /** Messages after the first. */
  n: number;
  w: number;
  ls: number;
  ss: number;
}

/** Vital signs by UDP that one device sends: regularity and numbering of its counted streams. */
export class VitalsStats {
  readonly min = new Ring(10, MIN_US, 2);
  readonly #streams: Stream[] = [];

  event(ev: VitalsSeen): void {
    const id = ev.stream ?? -1;
    if (id < 0) return;
    const sequence = ev.sequence ?? 0;
    const s = this.#streams.find((x) => x.id === id);
    if (s === undefined) return this.#begin(id, sequence, ev.tsUs);
    const step = (sequence - s.sequence) & 0xffff;
    if (step === 0) {
      this.min.add(VMin.Repeats, 1, ev.tsUs);
      return;
    }
    // behind the newest: a late datagram, neither lost nor repeated
    if (step >= 0x8000) return;
    if (step > 1 && step <= MOST_LOST) this.min.add(VMin.Gaps, step - 1, ev.tsUs);
    s.sequence = sequence;
    const ms = Math.max(0, ev.tsUs - s.lastUs) / 1000;
    const f = exp2neg((ms / 1000) * LAMBDA.minute);
    s.w = s.w * f + 1;
    s.ls = s.ls * f + ms;
    s.ss = s.ss * f + ms * ms;
    s.n++;
    s.lastUs = Math.max(s.lastUs, ev.tsUs);
  }

  /** Standard deviation over mean of the time between messages, of the least regular stream; NaN before 3 periods. */
  irregularity(): number {
    let most = Number.NaN;
    for (const s of this.#streams) {
      if (s.n < LEAST_MESSAGES) continue;
      const mean = dampedMean(s.w, s.ls);
      const cv = mean > 0 ? dampedStd(s.w, s.ls, s.ss, s.n) / mean : 0;
      if (!(cv <= most)) most = cv;
    }
    return most;
  }

  #begin(id: number, sequence: number, tsUs: number): void {
    const fresh = { id, sequence, lastUs: tsUs, n: 0, w: 0, ls: 0, ss: 0 };
    if (this.#streams.length < STREAMS) {
      this.#streams.push(fresh);
      return;
    }
    let oldest = 0;
    for (let i = 1; i < STREAMS; i++) if (this.#streams[i].lastUs < this.#streams[oldest].lastUs) oldest = i;
    this.#streams[oldest] = fresh;
  }
}
