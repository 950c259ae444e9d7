import { Random } from '../core/index.js';

/**
 * Training rows of one device type: a seeded reservoir (Vitter's algorithm R) in one flat array, so that what is kept
 * does not depend on how long the learning lasts. One device may fill only a share of it.
 */
export class RowReservoir {
  readonly width: number;
  #rows: Float64Array;
  readonly #owner: Int32Array;
  readonly #ts: Float64Array;
  readonly #perOwner = new Map<number, number>();
  readonly #max: number;
  readonly #maxPerOwner: number;
  readonly #random: Random;
  #kept = 0;
  #seen = 0;
  fromUs = Number.NaN;
  untilUs = Number.NaN;

  constructor(width: number, max: number, ownerShare: number, seed: number) {
    this.width = width;
    this.#max = max;
    this.#maxPerOwner = Math.max(1, Math.floor(max * ownerShare));
    this.#random = new Random(seed);
    this.#owner = new Int32Array(max);
    this.#ts = new Float64Array(max);
    this.#rows = new Float64Array(Math.min(256, max) * width);
  }

  get count(): number {
    return this.#kept;
  }

  /** Copies a lent row. */
  add(owner: number, values: Float64Array, tsUs: number): void {
    if (!(this.fromUs <= tsUs)) this.fromUs = tsUs;
    if (!(this.untilUs >= tsUs)) this.untilUs = tsUs;
    this.#seen++;
    const mine = this.#perOwner.get(owner) ?? 0;
    let at = -1;
    if (mine >= this.#maxPerOwner) {
      // replaces one of its own rows, found by a bounded probe from a random place
      const start = this.#random.int(this.#kept);
      for (let i = 0; i < 16 && at < 0; i++) {
        const r = (start + i) % this.#kept;
        if (this.#owner[r] === owner) at = r;
      }
      if (at < 0) return;
    } else if (this.#kept < this.#max) {
      at = this.#kept++;
      this.#perOwner.set(owner, mine + 1);
    } else {
      at = this.#random.int(this.#seen);
      if (at >= this.#max) return;
      const old = this.#owner[at];
      this.#perOwner.set(old, (this.#perOwner.get(old) ?? 1) - 1);
      this.#perOwner.set(owner, (this.#perOwner.get(owner) ?? 0) + 1);
    }
    const need = (at + 1) * this.width;
    if (need > this.#rows.length) {
      const more = new Float64Array(Math.min(this.#max * this.width, Math.max(need, this.#rows.length * 2)));
      more.set(this.#rows);
      this.#rows = more;
    }
    this.#owner[at] = owner;
    this.#ts[at] = tsUs;
    this.#rows.set(values.subarray(0, this.width), at * this.width);
  }

  /** Takes out the rows of an owner since a time; the last rows move into their places. */
  drop(owner: number, sinceUs: number): number {
    let dropped = 0;
    for (let r = 0; r < this.#kept; ) {
      if (this.#owner[r] !== owner || this.#ts[r] < sinceUs) {
        r++;
        continue;
      }
      const last = --this.#kept;
      this.#rows.copyWithin(r * this.width, last * this.width, (last + 1) * this.width);
      this.#owner[r] = this.#owner[last];
      this.#ts[r] = this.#ts[last];
      this.#perOwner.set(owner, (this.#perOwner.get(owner) ?? 1) - 1);
      dropped++;
    }
    return dropped;
  }

  /** Owners that have rows here. */
  *owners(): Generator<number> {
    for (const [owner, n] of this.#perOwner) if (n > 0) yield owner;
  }

  /** Copies of the rows kept (row-major), their owners and times; of the owners that `may` only. */
  copy(may: (owner: number) => boolean): { rows: Float64Array; owner: Int32Array; tsUs: Float64Array } {
    const kept: number[] = [];
    const allowed = new Map<number, boolean>();
    for (const o of this.owners()) allowed.set(o, may(o));
    for (let r = 0; r < this.#kept; r++) if (allowed.get(this.#owner[r])) kept.push(r);
    const { width } = this;
    if (kept.length === this.#kept) {
      return {
        rows: this.#rows.slice(0, this.#kept * width),
        owner: this.#owner.slice(0, this.#kept),
        tsUs: this.#ts.slice(0, this.#kept),
      };
    }
    const rows = new Float64Array(kept.length * width);
    kept.forEach((r, i) => {
      rows.set(this.#rows.subarray(r * width, (r + 1) * width), i * width);
    });
    return {
      rows,
      owner: Int32Array.from(kept, (r) => this.#owner[r]),
      tsUs: Float64Array.from(kept, (r) => this.#ts[r]),
    };
  }
}
