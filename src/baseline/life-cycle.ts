import type { Counters } from '../core/index.js';
import { Doubt, Life, type Owners } from './owners.js';
import type { BaselineSettings } from './settings.js';

/** Of what a learning period can hold in rows, at most this part is asked for: a short period ends by the clock alone. */
const MOST_ASKED = 1 / 40;
/** Nothing is learned from a device that rules name, up to this part of its learning period; then it is how the device is. */
const MOST_HELD = 0.5;
const OWNERS_A_TICK = 256;

/** Rows a device must be heard in before its learning may end. */
export function needRows(s: BaselineSettings): number {
  return Math.min(s.learning_rows, Math.floor((s.learning_s / Math.max(1, s.row_interval_s)) * MOST_ASKED));
}

/**
 * Learning → review → enforcing, device by device. Learning ends when its period is over and enough rows were seen; review
 * ends by the operator, or by itself when nothing speaks against what was learned. All on event time.
 */
export class LifeCycle {
  /** Rows a device must have been heard in. */
  readonly needRows: number;
  readonly #s: BaselineSettings;
  readonly #o: Owners;
  readonly #judge: (owner: number) => number;
  readonly #counters: Counters;
  readonly #gauges: readonly [number, number];
  readonly #counts = [0, 0, 0];
  #sweep = 0;

  /** `judge`: what speaks against a device that has learned, as bits of `Doubt`. */
  constructor(settings: BaselineSettings, owners: Owners, judge: (owner: number) => number, counters: Counters) {
    this.#s = settings;
    this.#o = owners;
    this.#judge = judge;
    this.needRows = needRows(settings);
    this.#counters = counters;
    this.#gauges = [
      counters.define('gauge', 'wardwire_devices_in_review', 'Devices that have learned and wait for approval.'),
      counters.define('gauge', 'wardwire_devices_enforcing', 'Devices whose learned behaviour was approved.'),
    ];
  }

  /** True while a device learns; ends its learning when that is due. */
  learning(owner: number, tsUs: number): boolean {
    const o = this.#o;
    if (o.life[owner] !== Life.Learning) return false;
    if (tsUs < o.learnedUs[owner] || o.frozen[owner] === 1) return true;
    if (o.rows[owner] < this.needRows) {
      const max = this.#s.learning_max_s * 1e6;
      if (max === 0 || tsUs < o.firstUs[owner] + max) return true;
      o.doubt[owner] |= Doubt.FewRows;
    }
    this.review(owner, tsUs);
    return false;
  }

  /** A row passed of which nothing is kept: it counts for how long the device learns. */
  passed(owner: number, tsUs: number): void {
    if (this.learning(owner, tsUs) && !this.held(owner, tsUs)) this.#o.rows[owner]++;
  }

  /** Nothing is learned from the device now: a rule named it, or the operator froze it. */
  held(owner: number, tsUs: number): boolean {
    return this.#o.frozen[owner] === 1 || tsUs < this.#o.suspectUs[owner];
  }

  /**
   * A rule named the device: hold it for `quarantineUs`. True when that begins now. A device that rules name all the
   * time is no longer held, or it would never learn; it then waits for the operator.
   */
  hold(owner: number, tsUs: number, quarantineUs: number): boolean {
    const o = this.#o;
    const before = o.suspectUs[owner];
    const until = Math.max(before, tsUs + quarantineUs);
    if (o.life[owner] === Life.Learning) {
      if (o.heldUs[owner] > MOST_HELD * this.#s.learning_s * 1e6 && o.heldUs[owner] > quarantineUs) return false;
      o.heldUs[owner] += until - Math.max(before, tsUs);
    }
    o.suspectUs[owner] = until;
    return !(tsUs < before);
  }

  /** Ends a device's learning, whatever is missing. */
  review(owner: number, tsUs: number): void {
    const o = this.#o;
    if (o.hits[owner] > 0) o.doubt[owner] |= Doubt.RuleHits;
    o.doubt[owner] |= this.#judge(owner);
    o.reviewUs[owner] = tsUs;
    if (o.learnedUs[owner] > tsUs) o.learnedUs[owner] = tsUs;
    this.#set(owner, Life.Review);
    if (this.#s.review_s === 0) this.#approveByItself(owner, tsUs);
  }

  /** The operator's word: what was learned is trusted, whatever speaks against it. */
  approve(owner: number, tsUs: number): void {
    const o = this.#o;
    if (o.life[owner] === Life.Enforcing) return;
    if (o.learnedUs[owner] > tsUs) o.learnedUs[owner] = tsUs;
    if (Number.isNaN(o.reviewUs[owner])) o.reviewUs[owner] = tsUs;
    o.doubt[owner] = 0;
    this.#set(owner, Life.Enforcing);
  }

  /** Back to the beginning. */
  restart(owner: number, tsUs: number): void {
    const o = this.#o;
    o.learnedUs[owner] = tsUs + this.#s.learning_s * 1e6;
    o.reviewUs[owner] = Number.NaN;
    o.suspectUs[owner] = Number.NEGATIVE_INFINITY;
    o.heldUs[owner] = 0;
    o.rows[owner] = 0;
    o.hits[owner] = 0;
    o.doubt[owner] = 0;
    this.#set(owner, Life.Learning);
  }

  /** A state that was read from disk. */
  restore(owner: number, life: Life): void {
    this.#set(owner, life);
  }

  /** Event time moves: some devices in turn. */
  tick(nowUs: number): void {
    const o = this.#o;
    const n = o.ids.length;
    for (let k = 0; k < Math.min(n, OWNERS_A_TICK); k++) {
      this.#sweep = (this.#sweep + 1) % n;
      const owner = this.#sweep;
      if (o.life[owner] === Life.Learning) {
        if (Number.isFinite(o.learnedUs[owner]) && o.device[owner] >= 0) this.learning(owner, nowUs);
      } else if (o.life[owner] === Life.Review) this.#approveByItself(owner, nowUs);
    }
    this.#counters.values[this.#gauges[0]] = this.#counts[Life.Review];
    this.#counters.values[this.#gauges[1]] = this.#counts[Life.Enforcing];
  }

  #approveByItself(owner: number, nowUs: number): void {
    const o = this.#o;
    if (this.#s.review !== 'auto' || o.doubt[owner] !== 0 || o.frozen[owner] === 1) return;
    if (nowUs >= o.reviewUs[owner] + this.#s.review_s * 1e6) this.#set(owner, Life.Enforcing);
  }

  #set(owner: number, life: Life): void {
    const before = this.#o.life[owner];
    if (before !== Life.Learning) this.#counts[before]--;
    if (life !== Life.Learning) this.#counts[life]++;
    this.#o.life[owner] = life;
  }
}
