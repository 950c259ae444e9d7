import { mix32 } from '../core/index.js';

const PARTS = 4;
const BITS = 8192;
const WORDS = BITS / 32;

function popcount(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * How many different keys were seen within a window. Exact (key and last second) up to a limit; beyond it four bitmaps
 * that each cover a third of the window (linear counting: Whang et al., ACM TODS 15, 1990), until few are left.
 */
export class DistinctWindow {
  readonly #windowS: number;
  readonly #exact: number;
  #keys = new Int32Array(16);
  #secs = new Int32Array(16).fill(-1);
  #used = 0;
  #bitmaps: Int32Array | null = null;
  #part = -1;
  #cached = 0;
  #cachedSec = -1;

  constructor(windowS: number, exact: number) {
    this.#windowS = windowS;
    this.#exact = exact;
  }

  /** Notes a key at a second of event time. True when it was not in the window's exact set (always true beyond it). */
  add(key: number, sec: number): boolean {
    this.#cachedSec = -1;
    if (this.#bitmaps !== null) {
      this.#mark(key, sec);
      return true;
    }
    const mask = this.#keys.length - 1;
    let i = mix32(key) & mask;
    while (this.#secs[i] >= 0) {
      if (this.#keys[i] === key) {
        const fresh = this.#secs[i] < sec - this.#windowS;
        if (sec > this.#secs[i]) this.#secs[i] = sec;
        return fresh;
      }
      i = (i + 1) & mask;
    }
    if (this.#used >= this.#exact || this.#used * 2 >= this.#keys.length) {
      this.#rebuild(sec);
      return this.add(key, sec);
    }
    this.#keys[i] = key;
    this.#secs[i] = sec;
    this.#used++;
    return true;
  }

  /** Number of different keys in the window that ends at `sec`. */
  count(sec: number): number {
    if (this.#cachedSec === sec) return this.#cached;
    this.#cachedSec = sec;
    if (this.#bitmaps === null) {
      let n = 0;
      const from = sec - this.#windowS;
      for (let i = 0; i < this.#secs.length; i++) if (this.#secs[i] >= 0 && this.#secs[i] > from) n++;
      this.#cached = n;
      return n;
    }
    this.#turn(sec);
    const b = this.#bitmaps;
    let ones = 0;
    for (let w = 0; w < WORDS; w++) ones += popcount(b[w] | b[WORDS + w] | b[2 * WORDS + w] | b[3 * WORDS + w]);
    const zeros = Math.max(1, BITS - ones);
    this.#cached = Math.round(BITS * Math.log(BITS / zeros));
    if (this.#cached < this.#exact / 4) {
      // calm again: the keys behind the few bits are unknown, so counting starts over
      this.#bitmaps = null;
      this.#keys = new Int32Array(16);
      this.#secs = new Int32Array(16).fill(-1);
      this.#used = 0;
    }
    return this.#cached;
  }

  #rebuild(sec: number): void {
    const keys = this.#keys;
    const secs = this.#secs;
    const from = sec - this.#windowS;
    let live = 0;
    for (let i = 0; i < keys.length; i++) if (secs[i] >= 0 && secs[i] > from) live++;
    if (live >= this.#exact) {
      this.#bitmaps = new Int32Array(WORDS * PARTS);
      this.#part = Math.floor((sec * 3) / this.#windowS);
      for (let i = 0; i < keys.length; i++) if (secs[i] >= 0 && secs[i] > from) this.#set(keys[i], this.#part);
      this.#keys = new Int32Array(0);
      this.#secs = new Int32Array(0);
      return;
    }
    let size = 16;
    while (size < (live + 1) * 2.5) size *= 2;
    this.#keys = new Int32Array(size);
    this.#secs = new Int32Array(size).fill(-1);
    this.#used = live;
    for (let i = 0; i < keys.length; i++) {
      if (secs[i] < 0 || secs[i] <= from) continue;
      let j = mix32(keys[i]) & (size - 1);
      while (this.#secs[j] >= 0) j = (j + 1) & (size - 1);
      this.#keys[j] = keys[i];
      this.#secs[j] = secs[i];
    }
  }

  #mark(key: number, sec: number): void {
    this.#turn(sec);
    this.#set(key, this.#part);
  }

  #turn(sec: number): void {
    const part = Math.floor((sec * 3) / this.#windowS);
    const b = this.#bitmaps!;
    if (part <= this.#part) return;
    for (let p = Math.max(this.#part + 1, part - PARTS + 1); p <= part; p++) {
      b.fill(0, (p % PARTS) * WORDS, (p % PARTS) * WORDS + WORDS);
    }
    this.#part = part;
  }

  #set(key: number, part: number): void {
    const h = mix32(key ^ 0x5bd1e995) & (BITS - 1);
    this.#bitmaps![(part % PARTS) * WORDS + (h >>> 5)] |= 1 << (h & 31);
  }
}
