/**
 * Bounded sliding windows keyed by a number. The key unused longest is forgotten first; times are event time, µs.
 */

/** A key with its value, between the one used before it and the one used after it. */
interface Entry<V> {
  readonly key: number;
  readonly value: V;
  older: Entry<V> | null;
  newer: Entry<V> | null;
}

/** Keeps at most `max` keys in order of last use. Use moves a key along a list: taking it out of the map and back costs five times as much. */
export class RecentKeys<V> {
  readonly #map = new Map<number, Entry<V>>();
  readonly #max: number;
  readonly #make: () => V;
  readonly #renew: ((v: V) => void) | null;
  #newest: Entry<V> | null = null;
  #oldest: Entry<V> | null = null;
  /** `renew` makes a value that had to leave as good as new: where more keys take turns than are kept, nothing is made again and again. */
  constructor(max: number, make: () => V, renew: ((v: V) => void) | null = null) {
    this.#max = max;
    this.#make = make;
    this.#renew = renew;
  }

  peek(key: number): V | undefined {
    return this.#map.get(key)?.value;
  }

  /** The key's value, made when absent, and now the newest. */
  touch(key: number): V {
    const newest = this.#newest;
    // most often it is the newest already
    if (newest !== null && newest.key === key) return newest.value;
    let e = this.#map.get(key);
    if (e === undefined) {
      const gone = this.#map.size >= this.#max ? this.#oldest : null;
      if (gone !== null) this.#drop(gone);
      let value: V;
      if (gone !== null && this.#renew !== null) {
        value = gone.value;
        this.#renew(value);
      } else value = this.#make();
      e = { key, value, older: null, newer: null };
      this.#map.set(key, e);
    } else this.#unlink(e);
    e.older = this.#newest;
    e.newer = null;
    if (this.#newest === null) this.#oldest = e;
    else this.#newest.newer = e;
    this.#newest = e;
    return e.value;
  }

  delete(key: number): void {
    const e = this.#map.get(key);
    if (e !== undefined) this.#drop(e);
  }

  #drop(e: Entry<V>): void {
    this.#map.delete(e.key);
    this.#unlink(e);
  }

  #unlink(e: Entry<V>): void {
    if (e.newer === null) this.#newest = e.older;
    else e.newer.older = e.older;
    if (e.older === null) this.#oldest = e.newer;
    else e.older.newer = e.newer;
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

/** Number of distinct values seen within a window, at most `cap` values kept. Most see a single one, which needs no map. */
export class DistinctRing {
  #seen: Map<number, number> | null = null;
  /** The newest value and its time, µs. */
  #newest = Number.NaN;
  #newestUs = Number.NEGATIVE_INFINITY;
  readonly #cap: () => number;
  /** `cap`: values kept at most; a function where it follows a setting that a reload may change. */
  constructor(cap: number | (() => number)) {
    this.#cap = typeof cap === 'number' ? () => cap : cap;
  }

  get size(): number {
    return this.#seen?.size ?? (Number.isNaN(this.#newest) ? 0 : 1);
  }

  add(value: number, tsUs: number, windowUs: number): number {
    const same = value === this.#newest;
    if (this.#seen === null) {
      const alone = same || !(tsUs - this.#newestUs <= windowUs);
      if (!alone) this.#seen = new Map([[this.#newest, this.#newestUs]]);
    }
    this.#newest = value;
    this.#newestUs = tsUs;
    const seen = this.#seen;
    if (seen === null) return 1;
    if (!same) seen.delete(value);
    seen.set(value, tsUs);
    const cap = this.#cap();
    for (const [v, us] of seen) {
      if (seen.size <= cap && tsUs - us <= windowUs) break;
      seen.delete(v);
    }
    return seen.size;
  }

  /** Number of distinct values within the window that ends now; nothing is added. */
  within(tsUs: number, windowUs: number): number {
    if (this.#seen === null) return tsUs - this.#newestUs <= windowUs ? 1 : 0;
    for (const [v, us] of this.#seen) {
      if (tsUs - us <= windowUs) break;
      this.#seen.delete(v);
    }
    return this.#seen.size;
  }

  clear(): void {
    this.#seen = null;
    this.#newest = Number.NaN;
    this.#newestUs = Number.NEGATIVE_INFINITY;
  }
}

/** Sum of amounts in a window of `slots` equal parts: O(1), coarse at the edge by one part. Parts are kept apart once there are two. */
export class SumWindow {
  #sum: Float64Array | null = null;
  readonly #slots: number;
  readonly #partUs: number;
  #part = Number.NEGATIVE_INFINITY;
  /** Index of the running part, and when it ends. */
  #at = 0;
  #untilUs = Number.NEGATIVE_INFINITY;
  #total = 0;
  constructor(windowUs: number, slots: number) {
    this.#slots = slots;
    this.#partUs = windowUs / slots;
  }

  /** Adds and returns the sum of the window that ends with the running part; an older time counts in it. */
  add(amount: number, tsUs: number): number {
    if (tsUs >= this.#untilUs) this.#advance(tsUs);
    if (this.#sum !== null) this.#sum[this.#at] += amount;
    this.#total += amount;
    return this.#total;
  }

  #advance(tsUs: number): void {
    const part = Math.floor(tsUs / this.#partUs);
    const n = this.#slots;
    const gone = Math.min(n, part - this.#part);
    if (this.#sum === null && gone < n && this.#total !== 0) {
      this.#sum = new Float64Array(n);
      this.#sum[this.#at] = this.#total;
    }
    const sum = this.#sum;
    if (sum === null) this.#total = 0;
    else
      for (let i = 0; i < gone; i++) {
        const at = (((part - i) % n) + n) % n;
        this.#total -= sum[at];
        sum[at] = 0;
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
