import type { Segment, SegmentPool } from './segments.js';

/**
 * The early segments of one direction in the order of their sequence numbers; of two with the same number the one that came first
 * stands first. A segment nearly always belongs beside the one put in before it, so the place is looked for from there.
 */
export class Waiting {
  head: Segment | null = null;
  /** The segments beside the place of the newest one: what it may overlap. */
  before: Segment | null = null;
  after: Segment | null = null;
  count = 0;
  /** Captured bytes that wait. */
  bytes = 0;
  /** Since when the first hole is known, µs. */
  sinceUs = 0;
  #newest: Segment | null = null;

  /** Puts a segment into its place; `before` and `after` then are its neighbours. */
  put(s: Segment): void {
    let before = this.#newest;
    while (before !== null && ((before.seq - s.seq) | 0) > 0) before = before.prev;
    let after = before === null ? this.head : before.next;
    while (after !== null && ((after.seq - s.seq) | 0) <= 0) {
      before = after;
      after = after.next;
    }
    s.prev = before;
    s.next = after;
    if (before === null) this.head = s;
    else before.next = s;
    if (after !== null) after.prev = s;
    this.before = before;
    this.after = after;
    this.#newest = s;
    this.count++;
    this.bytes += s.length;
  }

  /** Takes the first segment, `head`, out; it goes back to the pool by whoever asked. */
  takeHead(s: Segment): void {
    this.head = s.next;
    if (s.next !== null) s.next.prev = null;
    if (this.#newest === s) this.#newest = s.next;
    this.count--;
    this.bytes -= s.length;
  }

  /** Gives every segment back to the pool. */
  clear(pool: SegmentPool): void {
    for (let s = this.head; s !== null; ) {
      const next = s.next;
      pool.give(s);
      s = next;
    }
    this.head = null;
    this.before = null;
    this.after = null;
    this.#newest = null;
    this.count = 0;
    this.bytes = 0;
  }
}
