import { fold32, mix32 } from '../core/index.js';

/** Number of learned sets (`LearnedSet`). */
export const SET_COUNT = 12;
/** Word of a free cell: owners start at 0, so a tag is never negative. */
const FREE = -1;

/** Answer of `add`. */
export const Added = { Present: 0, New: 1, Full: 2 } as const;
export type Added = (typeof Added)[keyof typeof Added];

/**
 * One open-addressing table of (set, owner, key) in two Int32 columns: tag = owner × 16 + set, and the key. Entries are
 * only ever added, so probing needs no tombstones. Bounded per owner and set, and in total.
 */
export class LearnedTable {
  readonly #tag: Int32Array;
  readonly #key: Int32Array;
  readonly #mask: number;
  readonly #maxTotal: number;
  readonly #maxPerOwner: number;
  readonly #seed: number;
  #sizes = new Uint16Array(64 * SET_COUNT);
  used = 0;

  constructor(maxTotal: number, maxPerOwner: number, seed: number) {
    let cells = 2048;
    while (cells < maxTotal * 2) cells *= 2;
    this.#tag = new Int32Array(cells).fill(FREE);
    this.#key = new Int32Array(cells);
    this.#mask = cells - 1;
    this.#maxTotal = maxTotal;
    this.#maxPerOwner = maxPerOwner;
    this.#seed = seed;
  }

  has(set: number, owner: number, key: number): boolean {
    return this.#tag[this.#cell(owner * 16 + set, key)] !== FREE;
  }

  /** Adds unless present; Full when the owner's set or the whole table has reached its limit. */
  add(set: number, owner: number, key: number): Added {
    const tag = owner * 16 + set;
    const cell = this.#cell(tag, key);
    if (this.#tag[cell] !== FREE) return Added.Present;
    if (this.full(set, owner)) return Added.Full;
    const n = owner * SET_COUNT + set;
    if (n >= this.#sizes.length) {
      const more = new Uint16Array(Math.max(this.#sizes.length * 2, n + 1));
      more.set(this.#sizes);
      this.#sizes = more;
    }
    this.#sizes[n]++;
    this.used++;
    this.#tag[cell] = tag;
    this.#key[cell] = key | 0;
    return Added.New;
  }

  /** True when nothing more fits: such a set cannot say what is new. */
  full(set: number, owner: number): boolean {
    return this.used >= this.#maxTotal || this.size(set, owner) >= this.#maxPerOwner;
  }

  size(set: number, owner: number): number {
    const n = owner * SET_COUNT + set;
    return n < this.#sizes.length ? this.#sizes[n] : 0;
  }

  /** Every entry, in table order. */
  forEach(visit: (set: number, owner: number, key: number) => void): void {
    for (let i = 0; i <= this.#mask; i++) {
      const tag = this.#tag[i];
      if (tag !== FREE) visit(tag & 15, tag >> 4, this.#key[i]);
    }
  }

  /** Cell that holds the entry, or the free cell where it would go. The table is never more than half full. */
  #cell(tag: number, key: number): number {
    let i = mix32(fold32(fold32(this.#seed, tag), key)) & this.#mask;
    while (this.#tag[i] !== FREE && (this.#tag[i] !== tag || this.#key[i] !== (key | 0))) i = (i + 1) & this.#mask;
    return i;
  }
}
