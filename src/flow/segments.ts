import type { Counters } from '../core/index.js';

/** A copy of a segment that waits for earlier bytes of its direction. */
export class Segment {
  seq = 0;
  /** Captured bytes in `buf`, and octets the segment had on the wire. */
  length = 0;
  wire = 0;
  tsUs = 0;
  buf: Buffer;
  prev: Segment | null = null;
  next: Segment | null = null;
  constructor(size: number) {
    this.buf = Buffer.allocUnsafeSlow(size);
  }

  /** Do other bytes of the same direction, `length` from `off` in `buf`, differ from these where both have some? */
  differs(seq: number, buf: Buffer, off: number, length: number): boolean {
    const shift = (seq - this.seq) | 0;
    const from = Math.max(0, shift);
    const to = Math.min(this.length, shift + length);
    return to > from && this.buf.compare(buf, off + from - shift, off + to - shift, from, to) !== 0;
  }
}

/** Sizes of pool pages: an Ethernet frame, a jumbo frame, a super-frame. */
const SIZES = [2048, 16384, 66_000];

/** Pages for waiting segments, bounded in total. Lent buffers are never kept: a segment is a copy. */
export class SegmentPool {
  readonly #free: Segment[][] = SIZES.map(() => []);
  readonly #limit: number;
  readonly #counters: Counters;
  readonly #gauge: number;
  /** Bytes of pages handed out. */
  used = 0;

  constructor(limitBytes: number, counters: Counters) {
    this.#limit = limitBytes;
    this.#counters = counters;
    this.#gauge = counters.define(
      'gauge',
      'wardwire_reassembly_bytes',
      'Memory held by segments that wait for earlier ones.',
    );
    const limit = counters.define('gauge', 'wardwire_reassembly_limit_bytes', 'Limit of wardwire_reassembly_bytes.');
    counters.values[limit] = limitBytes;
  }

  /** A page for `length` bytes, or null when the memory is used up or the segment is larger than any frame. */
  take(length: number): Segment | null {
    const size = SIZES.findIndex((s) => s >= length);
    if (size < 0 || this.used + SIZES[size] > this.#limit) return null;
    this.used += SIZES[size];
    this.#counters.values[this.#gauge] = this.used;
    return this.#free[size].pop() ?? new Segment(SIZES[size]);
  }

  give(s: Segment): void {
    const size = SIZES.indexOf(s.buf.length);
    this.used -= s.buf.length;
    this.#counters.values[this.#gauge] = this.used;
    s.prev = null;
    s.next = null;
    // a burst's pages are given back to the allocator beyond a small stock
    if (this.#free[size].length < 4096 >> (size * 3)) this.#free[size].push(s);
  }
}
