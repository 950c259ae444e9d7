import type { NumberedVerdict } from './messages.js';

const sizeOf = (v: NumberedVerdict): number => v.body.length + (v.basis?.length ?? 0);

/** Length of a list from which its used-up head is cut off. */
const CUT = 1024;

/**
 * Verdicts that are not on the disk yet, in the order they came: mostly for some milliseconds, and as many as fit while the disk does not
 * take them. Beyond that the lowest severity leaves first, oldest first.
 */
export class Waiting {
  readonly #rows = new Map<number, NumberedVerdict>();
  readonly #ids = new Map<string, number>();
  /** Numbers by severity, oldest first, from `#heads` on; those that left otherwise are passed over. */
  readonly #byRank: number[][] = [];
  readonly #heads: number[] = [];
  readonly #maxBytes: number;
  bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Takes a verdict. @returns those that had to leave for it */
  add(v: NumberedVerdict): NumberedVerdict[] {
    this.#rows.set(v.n, v);
    this.#ids.set(v.id, v.n);
    this.bytes += sizeOf(v);
    while (this.#byRank.length <= v.rank) {
      this.#byRank.push([]);
      this.#heads.push(0);
    }
    this.#byRank[v.rank].push(v.n);
    const left: NumberedVerdict[] = [];
    while (this.bytes > this.#maxBytes && this.#rows.size > 1) left.push(this.#lowest());
    return left;
  }

  numberOf(id: string): number | undefined {
    return this.#ids.get(id);
  }

  /** The oldest, at most so many. */
  first(most: number): NumberedVerdict[] {
    const out: NumberedVerdict[] = [];
    for (const v of this.#rows.values()) {
      if (out.length >= most) break;
      out.push(v);
    }
    return out;
  }

  all(): Iterable<NumberedVerdict> {
    return this.#rows.values();
  }

  /** These are on the disk. */
  done(rows: readonly NumberedVerdict[]): void {
    for (const v of rows) this.#take(v);
    if (this.#rows.size > 0) return;
    this.#byRank.length = 0;
    this.#heads.length = 0;
  }

  #take(v: NumberedVerdict): void {
    if (!this.#rows.delete(v.n)) return;
    this.#ids.delete(v.id);
    this.bytes -= sizeOf(v);
  }

  #lowest(): NumberedVerdict {
    for (let rank = 0; rank < this.#byRank.length; rank++) {
      const list = this.#byRank[rank];
      while (this.#heads[rank] < list.length) {
        const v = this.#rows.get(list[this.#heads[rank]++]);
        if (this.#heads[rank] > CUT) this.#heads[rank] -= list.splice(0, this.#heads[rank]).length;
        if (v === undefined) continue;
        this.#take(v);
        return v;
      }
    }
    throw new Error('verdicts wait that stand in no list');
  }
}
