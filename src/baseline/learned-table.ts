import { fold32, LearnedSet, mix32 } from '../core/index.js';

/** Number of learned sets (`LearnedSet`). */
export const SET_COUNT = Object.keys(LearnedSet).length;
/** Tags leave room for more sets. */
const TAG = 32;
/** Word of a free cell: owners start at 0, so a tag is never negative. */
const FREE = -1;

/** Answer of `add`. */
export const Added = { Present: 0, New: 1, Full: 2 } as const;
export type Added = (typeof Added)[keyof typeof Added];

/**
 * One open-addressing table of (set, owner, key): tag = owner × 32 + set, the key, and the second of event time it was
 * last seen. Removing shifts later entries of a run back, so probing needs no tombstones. Bounded per owner and set, and
 * in total.
 */
export class LearnedTable {
  readonly #tag: Int32Array;
  readonly #key: Int32Array;
  readonly #sec: Uint32Array;
  readonly #mask: number;
  readonly #maxTotal: number;
  readonly #maxPerOwner: number;
  readonly #seed: number;
  #sizes = new Uint16Array(64 * SET_COUNT);
  /** 1: the set refused something once, so it cannot say what is new, however small it is now. */
  #refused = new Uint8Array(64 * SET_COUNT);
  used = 0;

  constructor(maxTotal: number, maxPerOwner: number, seed: number) {
    let cells = 2048;
    while (cells < maxTotal * 2) cells *= 2;
    this.#tag = new Int32Array(cells).fill(FREE);
    this.#key = new Int32Array(cells);
    this.#sec = new Uint32Array(cells);
    this.#mask = cells - 1;
    this.#maxTotal = maxTotal;
    this.#maxPerOwner = maxPerOwner;
    this.#seed = seed;
  }

  get cells(): number {
    return this.#mask + 1;
  }

  has(set: number, owner: number, key: number): boolean {
    return this.#tag[this.#cell(owner * TAG + set, key)] !== FREE;
  }

  /** Asks, and notes that it was seen at `sec` (seconds of event time). */
  touch(set: number, owner: number, key: number, sec: number): boolean {
    const cell = this.#cell(owner * TAG + set, key);
    if (this.#tag[cell] === FREE) return false;
    if (sec > this.#sec[cell]) this.#sec[cell] = sec;
    return true;
  }

  /** Adds unless present; Full when the owner's set or the whole table has reached its limit. */
  add(set: number, owner: number, key: number, sec: number): Added {
    const tag = owner * TAG + set;
    const cell = this.#cell(tag, key);
    if (this.#tag[cell] !== FREE) {
      if (sec > this.#sec[cell]) this.#sec[cell] = sec;
      return Added.Present;
    }
    const n = this.#room(owner, set);
    if (this.used >= this.#maxTotal || this.#sizes[n] >= this.#maxPerOwner) {
      this.#refused[n] = 1;
      return Added.Full;
    }
    this.#sizes[n]++;
    this.used++;
    this.#tag[cell] = tag;
    this.#key[cell] = key | 0;
    this.#sec[cell] = sec;
    return Added.New;
  }

  /** Takes an entry out; false when it was not there. */
  remove(set: number, owner: number, key: number): boolean {
    const cell = this.#cell(owner * TAG + set, key);
    if (this.#tag[cell] === FREE) return false;
    this.#free(cell);
    return true;
  }

  /** Forgets everything of an owner, also that a set was once full. O(cells). */
  clear(owner: number): void {
    for (let i = 0; i <= this.#mask; ) {
      // what shifts into a freed cell is looked at as well
      if (this.#tag[i] !== FREE && (this.#tag[i] / TAG) >> 0 === owner) this.#free(i);
      else i++;
    }
    for (let set = 0; set < SET_COUNT; set++) this.#refused[this.#room(owner, set)] = 0;
  }

  /**
   * Looks at `count` cells from `from` on (in a circle) and takes out entries last seen before `beforeSec`, unless
   * `keep(owner)`. Returns how many left.
   */
  sweep(from: number, count: number, beforeSec: number, keep: (owner: number) => boolean): number {
    let left = 0;
    let at = from & this.#mask;
    for (let k = 0; k < count; k++) {
      if (this.#tag[at] !== FREE && this.#sec[at] < beforeSec && !keep((this.#tag[at] / TAG) >> 0)) {
        this.#free(at);
        left++;
      } else at = (at + 1) & this.#mask;
    }
    return left;
  }

  /** True when nothing more fits or once did not: such a set cannot say what is new. */
  full(set: number, owner: number): boolean {
    const n = owner * SET_COUNT + set;
    if (n >= this.#sizes.length) return this.used >= this.#maxTotal;
    return this.#refused[n] === 1 || this.used >= this.#maxTotal || this.#sizes[n] >= this.#maxPerOwner;
  }

  size(set: number, owner: number): number {
    const n = owner * SET_COUNT + set;
    return n < this.#sizes.length ? this.#sizes[n] : 0;
  }

  /** Entries in the cells `from` to `to` (excluded), in table order. */
  forEach(visit: (set: number, owner: number, key: number, sec: number) => void, from = 0, to = this.cells): void {
    for (let i = from; i < to; i++) {
      const tag = this.#tag[i];
      if (tag !== FREE) visit(tag % TAG, (tag / TAG) >> 0, this.#key[i], this.#sec[i]);
    }
  }

  #room(owner: number, set: number): number {
    const n = owner * SET_COUNT + set;
    if (n >= this.#sizes.length) {
      const size = Math.max(this.#sizes.length * 2, n + 1);
      const sizes = new Uint16Array(size);
      sizes.set(this.#sizes);
      this.#sizes = sizes;
      const refused = new Uint8Array(size);
      refused.set(this.#refused);
      this.#refused = refused;
    }
    return n;
  }

  /** Empties a cell and moves up whatever its run would no longer reach (Knuth 6.4, algorithm R). */
  #free(cell: number): void {
    const tag = this.#tag[cell];
    this.#sizes[((tag / TAG) >> 0) * SET_COUNT + (tag % TAG)]--;
    this.used--;
    let hole = cell;
    for (let i = (cell + 1) & this.#mask; this.#tag[i] !== FREE; i = (i + 1) & this.#mask) {
      const home = this.#home(this.#tag[i], this.#key[i]);
      if (((i - home) & this.#mask) < ((i - hole) & this.#mask)) continue;
      this.#tag[hole] = this.#tag[i];
      this.#key[hole] = this.#key[i];
      this.#sec[hole] = this.#sec[i];
      hole = i;
    }
    this.#tag[hole] = FREE;
  }

  #home(tag: number, key: number): number {
    return mix32(fold32(fold32(this.#seed, tag), key)) & this.#mask;
  }

  /** Cell that holds the entry, or the free cell where it would go. The table is never more than half full. */
  #cell(tag: number, key: number): number {
    let i = this.#home(tag, key);
    while (this.#tag[i] !== FREE && (this.#tag[i] !== tag || this.#key[i] !== (key | 0))) i = (i + 1) & this.#mask;
    return i;
  }
}
