import type { PrioritySource } from '../capture/index.js';
import type { Settings } from './manifest.js';
import type { Pipeline } from './pipeline.js';

/** Time between two looks at the lag, ms. */
export const LOOK_MS = 10;
/** Least time between two rungs, µs: what the last one gave has to show first. */
const STEP_US = 20_000;
/** Looks in a row with a lag: a single stall of the machine is none. */
const LOOKS = 3;
/** Packets come slower than this share of the highest rate since a rung was taken: the overload is over. */
const EASED = 0.8;
/** While as much comes as before a rung is kept this long, µs: left sooner, it would be taken again at once. */
const KEEP_US = 10_000_000;
/** Not so when packets come no faster than this many times what was borne without a lag before: then it was a stall, and is over. */
const BORNE = 1.2;
/** Time without lag that shows what is borne, µs. */
const SHOWN_US = 1_000_000;
/** A rung taken again so soon after one was left, µs, was left too early: the next one is kept twice as long. */
const SOON_US = 2_000_000;

/** What each rung of the overload ladder gives up, in order; the one after the last would be life-critical devices: there is none. */
export const RUNGS = [
  'payload between hosts that move bulk data is counted and not copied',
  'devices of low criticality and hosts that are no device are counted and not decoded',
  'so are devices of medium criticality',
  'so are devices of high criticality; life-critical ones keep everything',
] as const;

/**
 * The overload ladder: a rung up while packets are handed over too late, a rung down after some time without lag. A stall of the machine
 * or cold code is soon forgiven: as much was borne before. Every change is told.
 */
export class Ladder {
  rung = 0;
  readonly #lagUs: number;
  readonly #holdUs: number;
  #over = 0;
  #changedUs = Number.NEGATIVE_INFINITY;
  #calmUs = Number.POSITIVE_INFINITY;
  /** Most packets/s since a rung was taken; 0 unknown. */
  #peak = 0;
  /** Highest rate, packets/s, that was borne whole for a second, 0 unknown; the least of the second under way and since when. */
  #borne = 0;
  #least = Number.POSITIVE_INFINITY;
  #leastSinceUs = 0;
  /** How long a rung is kept after a stall, µs; when one was left last. */
  #keepUs: number;
  #leftUs = Number.NEGATIVE_INFINITY;

  constructor(s: Pick<Settings['capture'], 'overload_lag_ms' | 'overload_hold_ms'>) {
    this.#lagUs = s.overload_lag_ms * 1000;
    this.#holdUs = s.overload_hold_ms * 1000;
    this.#keepUs = this.#holdUs;
  }

  /**
   * @param lagUs how late packets were for want of time since the last look; `nowUs` monotonic; `rate` packets/s that came, whatever became
   * of them, 0 unknown. @returns whether the rung changed
   */
  look(lagUs: number, nowUs: number, rate = 0): boolean {
    const was = this.rung;
    this.#bear(lagUs, nowUs, rate);
    if (lagUs > this.#lagUs) {
      this.#calmUs = Number.POSITIVE_INFINITY;
      if (++this.#over >= LOOKS && this.rung < RUNGS.length && nowUs - this.#changedUs >= STEP_US) this.rung++;
    } else {
      this.#over = 0;
      if (lagUs > this.#lagUs / 2) this.#calmUs = Number.POSITIVE_INFINITY;
      else if (this.#calmUs > nowUs) this.#calmUs = nowUs;
      else if (this.rung > 0 && this.#eased(nowUs, rate)) this.rung--;
    }
    this.#peak = this.rung > was ? rate : Math.max(this.#peak, rate);
    if (this.rung === was) return false;
    if (this.rung < was) this.#leftUs = nowUs;
    else if (nowUs - this.#leftUs < SOON_US) this.#keepUs = Math.min(2 * this.#keepUs, Math.max(KEEP_US, this.#holdUs));
    else if (was === 0) this.#keepUs = this.#holdUs;
    this.#changedUs = nowUs;
    return true;
  }

  /** Notes what rates are borne: the least rate of a second without lag or rung. */
  #bear(lagUs: number, nowUs: number, rate: number): void {
    if (this.rung > 0 || lagUs > this.#lagUs / 2) this.#least = Number.POSITIVE_INFINITY;
    else if (this.#least === Number.POSITIVE_INFINITY) {
      this.#least = rate;
      this.#leastSinceUs = nowUs;
    } else {
      this.#least = Math.min(this.#least, rate);
      if (nowUs - this.#leastSinceUs < SHOWN_US) return;
      this.#borne = Math.max(this.#borne, this.#least);
      this.#least = Number.POSITIVE_INFINITY;
    }
  }

  #eased(nowUs: number, rate: number): boolean {
    const calmUs = nowUs - Math.max(this.#calmUs, this.#changedUs);
    if (this.#peak === 0 || rate < EASED * this.#peak) return calmUs >= this.#holdUs;
    const stall = this.#borne === 0 || this.#peak <= BORNE * this.#borne;
    return calmUs >= (stall ? this.#keepUs : KEEP_US);
  }
}

/** Packets a second from a count that grows, over the last tenth of a second or more. */
export class Rate {
  #count = Number.NaN;
  #sinceUs = 0;
  #rate = 0;

  /** At monotonic time `nowUs`; `count` answers the packets so far and is asked only when it is time. */
  at(count: () => number, nowUs: number): number {
    const pastUs = nowUs - this.#sinceUs;
    if (!Number.isNaN(this.#count) && pastUs < 100_000) return this.#rate;
    const before = this.#count;
    this.#count = count();
    this.#sinceUs = nowUs;
    if (!Number.isNaN(before)) this.#rate = ((this.#count - before) / pastUs) * 1e6;
    return this.#rate;
  }
}

/** Puts a rung in force: before the copy at the source, and in the pipeline for what comes through. */
export function applyRung(rung: number, pipeline: Pipeline, source: PrioritySource): void {
  pipeline.overload(rung);
  if (rung < 2) source.setLowPriority(pipeline.inventory.bulkAddresses());
  else source.setLowPriority(pipeline.inventory.criticality.addresses(rung - 1), true);
}
