/**
 * Bounded sliding windows keyed by a number. The key unused longest is forgotten first; times are event time, µs.
 */

/** Keeps at most `max` keys in order of last use. */
export class RecentKeys<V> {
  readonly #map = new Map<number, V>();
  readonly #max: number;
  readonly #make: () => V;
  constructor(max: number, make: () => V) {
    this.#max = max;
    this.#make = make;
  }

  get size(): number {
    return this.#map.size;
  }

  peek(key: number): V | undefined {
    return this.#map.get(key);
  }

  /** The key's value, made when absent, and now the newest. */
  touch(key: number): V {
    let v = this.#map.get(key);
    if (v === undefined) {
      if (this.#map.size >= this.#max) this.#map.delete(this.#map.keys().next().value as number);
      v = this.#make();
    } else this.#map.delete(key);
    this.#map.set(key, v);
    return v;
  }

  delete(key: number): void {
    this.#map.delete(key);
  }

  entries(): IterableIterator<[number, V]> {
    return this.#map.entries();
  }
}

/** How often something happened within a window, exact up to `cap`: a ring of the newest times. */
export class HitRing {
  readonly #us: Float64Array;
  #at = 0;
  constructor(cap: number) {
    this.#us = new Float64Array(cap).fill(Number.NEGATIVE_INFINITY);
  }

  /** Counts a hit and returns the number of hits within the window, at most `cap`. */
  hit(tsUs: number, windowUs: number): number {
    this.#us[this.#at] = tsUs;
    this.#at = (this.#at + 1) % this.#us.length;
    let n = 0;
    for (let i = 0; i < this.#us.length; i++) if (tsUs - this.#us[i] <= windowUs) n++;
    return n;
  }

  clear(): void {
    this.#us.fill(Number.NEGATIVE_INFINITY);
  }
}

/** Number of distinct values seen within a window, at most `cap` values kept. */
export class DistinctRing {
  readonly #seen = new Map<number, number>();
  readonly #cap: number;
  constructor(cap: number) {
    this.#cap = cap;
  }

  get size(): number {
    return this.#seen.size;
  }

  add(value: number, tsUs: number, windowUs: number): number {
    this.#seen.delete(value);
    this.#seen.set(value, tsUs);
    for (const [v, us] of this.#seen) {
      if (this.#seen.size <= this.#cap && tsUs - us <= windowUs) break;
      this.#seen.delete(v);
    }
    return this.#seen.size;
  }

  clear(): void {
    this.#seen.clear();
  }
}

/** Sum of amounts in a window of `slots` equal parts: O(1), coarse at the edge by one part. */
export class SumWindow {
  readonly #sum: Float64Array;
  readonly #partUs: number;
  #part = Number.NEGATIVE_INFINITY;
  constructor(windowUs: number, slots: number) {
    this.#sum = new Float64Array(slots);
    this.#partUs = windowUs / slots;
  }

  add(amount: number, tsUs: number): number {
    const part = Math.floor(tsUs / this.#partUs);
    const n = this.#sum.length;
    if (part > this.#part) {
      const gone = Math.min(n, part - this.#part);
      for (let i = 0; i < gone; i++) this.#sum[(((part - i) % n) + n) % n] = 0;
      this.#part = part;
    }
    this.#sum[((this.#part % n) + n) % n] += amount;
    let total = 0;
    for (let i = 0; i < n; i++) total += this.#sum[i];
    return total;
  }
}

/** Lets a key through once per interval. */
export class Cooldown {
  readonly #last: RecentKeys<{ us: number }>;
  readonly #intervalUs: number;
  constructor(intervalUs: number, maxKeys: number) {
    this.#intervalUs = intervalUs;
    this.#last = new RecentKeys(maxKeys, () => ({ us: Number.NEGATIVE_INFINITY }));
  }

  ready(key: number, tsUs: number): boolean {
    const e = this.#last.touch(key);
    if (tsUs - e.us < this.#intervalUs) return false;
    e.us = tsUs;
    return true;
  }
}
