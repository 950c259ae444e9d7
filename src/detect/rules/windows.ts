/**
 * Bounded sliding windows keyed by a number. The key unused longest is forgotten first; times are event time, µs.
 */

/** Keeps at most `max` keys in order of last use. */
export class RecentKeys<V> {
  readonly #map = new Map<number, V>();
  readonly #max: number;
  readonly #make: () => V;
  #newestKey = 0;
  #newest: V | null = null;
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
    // most often it is the newest already
    if (key === this.#newestKey && this.#newest !== null) return this.#newest;
    let v = this.#map.get(key);
    if (v === undefined) {
      if (this.#map.size >= this.#max) this.#map.delete(this.#map.keys().next().value as number);
      v = this.#make();
    } else this.#map.delete(key);
    this.#map.set(key, v);
    this.#newestKey = key;
    this.#newest = v;
    return v;
  }

  delete(key: number): void {
    if (key === this.#newestKey) this.#newest = null;
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
  readonly #cap: () => number;
  /** `cap`: values kept at most; a function where it follows a setting that a reload may change. */
  constructor(cap: number | (() => number)) {
    this.#cap = typeof cap === 'number' ? () => cap : cap;
  }

  get size(): number {
    return this.#seen.size;
  }

  add(value: number, tsUs: number, windowUs: number): number {
    this.#seen.delete(value);
    this.#seen.set(value, tsUs);
    const cap = this.#cap();
    for (const [v, us] of this.#seen) {
      if (this.#seen.size <= cap && tsUs - us <= windowUs) break;
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
  /** Index of the running part, and when it ends. */
  #at = 0;
  #untilUs = Number.NEGATIVE_INFINITY;
  #total = 0;
  constructor(windowUs: number, slots: number) {
    this.#sum = new Float64Array(slots);
    this.#partUs = windowUs / slots;
  }

  /** Adds and returns the sum of the window that ends with the running part; an older time counts in it. */
  add(amount: number, tsUs: number): number {
    if (tsUs >= this.#untilUs) this.#advance(tsUs);
    this.#sum[this.#at] += amount;
    this.#total += amount;
    return this.#total;
  }

  #advance(tsUs: number): void {
    const part = Math.floor(tsUs / this.#partUs);
    const n = this.#sum.length;
    const gone = Math.min(n, part - this.#part);
    for (let i = 0; i < gone; i++) {
      const at = (((part - i) % n) + n) % n;
      this.#total -= this.#sum[at];
      this.#sum[at] = 0;
    }
    this.#part = part;
    this.#at = ((part % n) + n) % n;
    this.#untilUs = (part + 1) * this.#partUs;
  }
}

/** Times the rate before that make a jump. */
const JUMP = 8;

/**
 * A count of a short window beside that of a longer one. While a device's rates are being learned nobody knows what is
 * usual, so only a jump away from the time before is a flood.
 */
export class Rate {
  readonly #newest: SumWindow;
  readonly #longer: SumWindow;
  readonly #newestUs: number;
  readonly #longerUs: number;
  #firstUs = Number.NaN;
  #n = 0;
  #before = 0;
  constructor(newestUs: number, longerUs: number) {
    this.#newest = new SumWindow(newestUs, 12);
    this.#longer = new SumWindow(longerUs, 12);
    this.#newestUs = newestUs;
    this.#longerUs = longerUs;
  }

  /** Counts one; answers the count of the short window. */
  add(tsUs: number): number {
    if (Number.isNaN(this.#firstUs)) this.#firstUs = tsUs;
    this.#n = this.#newest.add(1, tsUs);
    this.#before = this.#longer.add(1, tsUs) - this.#n;
    return this.#n;
  }

  /** True when the short window stands out from the time before it, which must have been seen. */
  jumped(tsUs: number): boolean {
    if (!(tsUs - this.#firstUs >= this.#longerUs)) return false;
    return this.#n >= (JUMP * this.#before * this.#newestUs) / (this.#longerUs - this.#newestUs);
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
