import { mix32 } from './hash.js';

const NONE = -1;
const WORD = 4294967296;

/**
 * The newest ids of a stream of messages with three numbers each, found by value in O(1). Ids are hashes of 53 bits
 * (`hash53`): two among a million differ all but certainly. Grows by doubling up to `max`; then the oldest leaves.
 */
export class RecentIds {
  /** Columns of the owner by row. */
  us: Float64Array;
  first: Int32Array;
  second: Int32Array;
  #low: Int32Array;
  #high: Int32Array;
  /** Chains of rows with the same place in `#heads`. */
  #chain: Int32Array;
  #heads: Int32Array;
  #next = 0;
  #wrapped = false;
  readonly #max: number;

  constructor(max: number, start = 16) {
    const n = Math.min(max, start);
    this.#max = max;
    this.us = new Float64Array(n);
    this.first = new Int32Array(n);
    this.second = new Int32Array(n);
    this.#low = new Int32Array(n);
    this.#high = new Int32Array(n);
    this.#chain = new Int32Array(n);
    this.#heads = new Int32Array(placesFor(n)).fill(NONE);
  }

  get size(): number {
    return this.#wrapped ? this.us.length : this.#next;
  }

  /** Row of an id, −1 when it is not among the newest. */
  find(id: number): number {
    const low = id | 0;
    const high = (id / WORD) | 0;
    let row = this.#heads[this.#place(low, high)];
    while (row !== NONE && (this.#low[row] !== low || this.#high[row] !== high)) row = this.#chain[row];
    return row;
  }

  /** Row for an id not yet in it; the owner fills the columns, read afresh: they may have moved. */
  add(id: number): number {
    if (this.#next === this.us.length) {
      if (this.us.length < this.#max) this.#grow();
      else {
        this.#next = 0;
        this.#wrapped = true;
      }
    }
    const row = this.#next++;
    if (this.#wrapped) this.#unlink(row);
    this.#low[row] = id | 0;
    this.#high[row] = (id / WORD) | 0;
    this.#link(row);
    return row;
  }

  /** Row that was added `age` rows before the newest (0 the newest); age below `size`. */
  newest(age: number): number {
    const row = this.#next - 1 - age;
    return row >= 0 ? row : row + this.us.length;
  }

  #place(low: number, high: number): number {
    return mix32(low ^ Math.imul(high, 0x9e3779b1)) & (this.#heads.length - 1);
  }

  #link(row: number): void {
    const place = this.#place(this.#low[row], this.#high[row]);
    this.#chain[row] = this.#heads[place];
    this.#heads[place] = row;
  }

  #unlink(row: number): void {
    const place = this.#place(this.#low[row], this.#high[row]);
    let at = this.#heads[place];
    if (at === row) {
      this.#heads[place] = this.#chain[row];
      return;
    }
    while (this.#chain[at] !== row) at = this.#chain[at];
    this.#chain[at] = this.#chain[row];
  }

  #grow(): void {
    const n = Math.min(this.#max, this.us.length * 2);
    this.us = longer(this.us, new Float64Array(n));
    this.first = longer(this.first, new Int32Array(n));
    this.second = longer(this.second, new Int32Array(n));
    this.#low = longer(this.#low, new Int32Array(n));
    this.#high = longer(this.#high, new Int32Array(n));
    this.#chain = new Int32Array(n);
    this.#heads = new Int32Array(placesFor(n)).fill(NONE);
    for (let row = 0; row < this.#next; row++) this.#link(row);
  }
}

function placesFor(rows: number): number {
  let n = 16;
  while (n < rows) n *= 2;
  return n;
}

function longer<A extends Float64Array | Int32Array>(old: A, room: A): A {
  room.set(old);
  return room;
}
