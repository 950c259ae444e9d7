import { fold32, mix32 } from '../core/index.js';

/**
 * Keys of four words to entry numbers by open addressing (linear probing, backward-shift deletion). An entry keeps
 * its number until removed; `gen` changes with every removal and re-use, so that a kept number can be checked.
 */
export class AddressIndex {
  readonly capacity: number;
  /** Four words an entry. */
  readonly key: Int32Array;
  readonly gen: Uint32Array;
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #seed: number;
  readonly #free: Int32Array;
  #freeCount: number;

  constructor(capacity: number, seed: number) {
    this.capacity = capacity;
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.#slots = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    this.#seed = seed | 0;
    this.key = new Int32Array(capacity * 4);
    this.gen = new Uint32Array(capacity);
    this.#free = new Int32Array(capacity);
    for (let i = 0; i < capacity; i++) this.#free[i] = capacity - 1 - i;
    this.#freeCount = capacity;
  }

  get size(): number {
    return this.capacity - this.#freeCount;
  }

  #home(a: number, b: number, c: number, d: number): number {
    return mix32(fold32(fold32(fold32(fold32(this.#seed, d), c), b), a)) & this.#mask;
  }

  /** Entry of a key, −1 none. */
  find(a: number, b: number, c: number, d: number): number {
    const key = this.key;
    const slots = this.#slots;
    for (let s = this.#home(a, b, c, d); ; s = (s + 1) & this.#mask) {
      const e = slots[s];
      if (e < 0) return -1;
      const k = e * 4;
      if (key[k + 3] === d && key[k + 2] === c && key[k + 1] === b && key[k] === a) return e;
    }
  }

  /** Adds a key known to be absent; −1 when full. */
  add(a: number, b: number, c: number, d: number): number {
    if (this.#freeCount === 0) return -1;
    const e = this.#free[--this.#freeCount];
    const k = e * 4;
    this.key[k] = a;
    this.key[k + 1] = b;
    this.key[k + 2] = c;
    this.key[k + 3] = d;
    this.gen[e]++;
    let s = this.#home(a, b, c, d);
    while (this.#slots[s] >= 0) s = (s + 1) & this.#mask;
    this.#slots[s] = e;
    return e;
  }

  remove(e: number): void {
    const key = this.key;
    const slots = this.#slots;
    const k = e * 4;
    let hole = this.#home(key[k], key[k + 1], key[k + 2], key[k + 3]);
    while (slots[hole] !== e) hole = (hole + 1) & this.#mask;
    for (let s = (hole + 1) & this.#mask; slots[s] >= 0; s = (s + 1) & this.#mask) {
      const j = slots[s] * 4;
      const home = this.#home(key[j], key[j + 1], key[j + 2], key[j + 3]);
      // an entry may fill the hole when its home does not lie (cyclically) between hole and its place
      if (((s - home) & this.#mask) >= ((s - hole) & this.#mask)) {
        slots[hole] = slots[s];
        hole = s;
      }
    }
    slots[hole] = -1;
    this.gen[e]++;
    this.#free[this.#freeCount++] = e;
  }
}
