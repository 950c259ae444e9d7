import {
  type Counters,
  fold32,
  mix32,
  type PacketView,
  registerWeirds,
  type SettingsOf,
  Stop,
  type Weirds,
} from '../core/index.js';
import type { Cursor } from './cursor.js';
import { stop } from './layer.js';
import type { layersSettings } from './settings.js';

const MAX_DATAGRAM = 65_535;
/** Pieces of one datagram: more is an attack on reassembly. */
const MAX_PIECES = 256;

/** A datagram that waits for its fragments. Bytes that came first win (the policy of most device stacks). */
class Datagram {
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  id = 0;
  proto = 0;
  version = 0; // prettier-ignore
  hash = 0;
  firstUs = 0;
  buf: Buffer = Buffer.alloc(0);
  /** Covered ranges, sorted, disjoint: from, to, from, to … */
  ranges: number[] = [];
  /** Length when the last fragment was seen, −1 before. */
  length = -1;
  pieces = 0;
}

/**
 * IPv4 (RFC 791 3.2) and IPv6 (RFC 8200 4.5) reassembly: bounded in memory, datagrams, pieces and time. The oldest datagram
 * leaves first. A completed datagram replaces the cursor's buffer until the next packet.
 */
export class Fragments {
  readonly #waiting = new Map<number, Datagram[]>();
  /** Insertion order for eviction. */
  readonly #order: Datagram[] = [];
  #bytes = 0;
  readonly #maxBytes: number;
  readonly #maxDatagrams: number;
  readonly #timeoutUs: number;
  readonly #weirds: Weirds;
  readonly #w;
  readonly #c: Counters;
  readonly #done: number;
  readonly #evicted: number;
  readonly #expired: number;
  readonly #memory: number;

  constructor(settings: SettingsOf<typeof layersSettings>, weirds: Weirds, counters: Counters) {
    this.#maxBytes = settings.fragment_memory_kib * 1024;
    this.#maxDatagrams = settings.fragment_datagrams;
    this.#timeoutUs = settings.fragment_timeout_s * 1e6;
    this.#weirds = weirds;
    this.#w = registerWeirds(weirds, {
      differs: {
        id: 'ip.fragment.overlap.differs',
        text: 'Fragments overlap with different bytes.',
        action: 'feature',
        ref: 'RFC 5722',
      },
      overlap: { id: 'ip.fragment.overlap', text: 'Fragments overlap.', action: 'count', ref: 'RFC 5722' },
      large: {
        id: 'ip.fragment.large',
        text: 'Fragments reach beyond the largest datagram (ping of death).',
        action: 'feature',
        ref: 'RFC 791 3.1',
      },
      tiny: {
        id: 'ip.fragment.tiny',
        text: 'A first fragment too short for its transport header.',
        action: 'count',
        ref: 'RFC 1858',
      },
      pieces: { id: 'ip.fragment.pieces', text: 'A datagram in more pieces than any link needs.', action: 'feature' },
    });
    this.#c = counters;
    const text = 'Fragmented datagrams by what became of them.';
    this.#done = counters.define('counter', 'wardwire_fragments_total', text, { result: 'completed' });
    this.#evicted = counters.define('counter', 'wardwire_fragments_total', text, { result: 'evicted' });
    this.#expired = counters.define('counter', 'wardwire_fragments_total', text, { result: 'expired' });
    this.#memory = counters.define('gauge', 'wardwire_fragment_bytes', 'Memory held by waiting fragments.');
  }

  take4(v: PacketView, c: Cursor, id: number, offset: number, more: boolean): void {
    this.#take(v, c, id, v.ipProto, offset, more);
  }

  take6(v: PacketView, c: Cursor, id: number, offset: number, more: boolean): void {
    // the next header of every fragment is that of the first; the identification alone names the datagram
    this.#take(v, c, id, 0, offset, more);
  }

  tick(nowUs: number): void {
    while (this.#order.length > 0 && nowUs - this.#order[0].firstUs > this.#timeoutUs) {
      this.#c.values[this.#expired]++;
      this.#remove(this.#order[0]);
    }
    this.#c.values[this.#memory] = this.#bytes;
  }

  #take(v: PacketView, c: Cursor, id: number, proto: number, offset: number, more: boolean): void {
    const n = Math.min(c.end - c.off, c.wire);
    if (offset + c.wire > MAX_DATAGRAM) {
      this.#weirds.hit(this.#w.large, -1, v.tsUs);
      return stop(v, c, Stop.Malformed);
    }
    if (offset === 0 && c.wire < 8) this.#weirds.hit(this.#w.tiny, -1, v.tsUs);
    if (n < c.wire) return stop(v, c, Stop.Fragment); // snapped: the datagram can never be whole
    const d = this.#find(v, id, proto);
    if (++d.pieces > MAX_PIECES) {
      this.#weirds.hit(this.#w.pieces, -1, v.tsUs);
      this.#remove(d);
      return stop(v, c, Stop.Fragment);
    }
    if (!more) d.length = offset + n;
    this.#reserve(d, offset + n);
    this.#copy(d, c.buf, c.off, offset, n, v.tsUs);
    const whole = d.length >= 0 && d.ranges.length === 2 && d.ranges[0] === 0 && d.ranges[1] >= d.length;
    if (!whole) {
      this.#evict(d);
      return stop(v, c, Stop.Fragment);
    }
    this.#c.values[this.#done]++;
    this.#remove(d);
    c.buf = d.buf;
    c.off = 0;
    c.end = d.length;
    c.wire = d.length;
    c.kind = 0;
  }

  #find(v: PacketView, id: number, proto: number): Datagram {
    let h = fold32(fold32(fold32(id, v.src3), v.dst3), proto);
    if (v.ipVersion === 6) h = fold32(fold32(h, v.src2 ^ v.src1 ^ v.src0), v.dst2 ^ v.dst1 ^ v.dst0);
    h = mix32(h);
    const list = this.#waiting.get(h);
    if (list !== undefined) {
      for (const d of list) {
        if (
          d.id === id &&
          d.proto === proto &&
          d.version === v.ipVersion &&
          d.src3 === v.src3 &&
          d.dst3 === v.dst3 &&
          d.src0 === v.src0 &&
          d.src1 === v.src1 &&
          d.src2 === v.src2 &&
          d.dst0 === v.dst0 &&
          d.dst1 === v.dst1 &&
          d.dst2 === v.dst2
        )
          return d; // prettier-ignore
      }
    }
    const d = new Datagram();
    d.id = id;
    d.proto = proto;
    d.version = v.ipVersion;
    d.src0 = v.src0;
    d.src1 = v.src1;
    d.src2 = v.src2;
    d.src3 = v.src3;
    d.dst0 = v.dst0;
    d.dst1 = v.dst1;
    d.dst2 = v.dst2;
    d.dst3 = v.dst3;
    d.hash = h;
    d.firstUs = v.tsUs;
    if (list === undefined) this.#waiting.set(h, [d]);
    else list.push(d);
    this.#order.push(d);
    return d;
  }

  #reserve(d: Datagram, size: number): void {
    if (size <= d.buf.length) return;
    let n = Math.max(2048, d.buf.length);
    while (n < size) n *= 2;
    const more = Buffer.alloc(n);
    d.buf.copy(more);
    this.#bytes += n - d.buf.length;
    d.buf = more;
  }

  /** Copies what is not covered yet; compares what is. */
  #copy(d: Datagram, src: Buffer, from: number, offset: number, n: number, tsUs: number): void {
    let at = offset;
    const end = offset + n;
    const r = d.ranges;
    let overlap = false;
    for (let i = 0; i < r.length && at < end; i += 2) {
      if (r[i + 1] <= at) continue;
      if (r[i] >= end) break;
      if (r[i] > at) src.copy(d.buf, at, from + at - offset, from + r[i] - offset);
      const a = Math.max(at, r[i]);
      const b = Math.min(end, r[i + 1]);
      overlap = true;
      if (src.compare(d.buf, a, b, from + a - offset, from + b - offset) !== 0) {
        this.#weirds.hit(this.#w.differs, -1, tsUs);
      }
      at = b;
    }
    if (at < end) src.copy(d.buf, at, from + at - offset, from + n);
    if (overlap) this.#weirds.hit(this.#w.overlap, -1, tsUs);
    // merge the new range in
    const merged: number[] = [];
    let a = offset;
    let b = end;
    for (let i = 0; i < r.length; i += 2) {
      if (r[i + 1] < a || r[i] > b) merged.push(r[i], r[i + 1]);
      else {
        a = Math.min(a, r[i]);
        b = Math.max(b, r[i + 1]);
      }
    }
    merged.push(a, b);
    const pairs: [number, number][] = [];
    for (let i = 0; i < merged.length; i += 2) pairs.push([merged[i], merged[i + 1]]);
    pairs.sort((x, y) => x[0] - y[0]);
    d.ranges = pairs.flat();
  }

  #evict(keep: Datagram): void {
    while (this.#order.length > 1 && (this.#bytes > this.#maxBytes || this.#order.length > this.#maxDatagrams)) {
      const oldest = this.#order[0] === keep ? this.#order[1] : this.#order[0];
      this.#c.values[this.#evicted]++;
      this.#remove(oldest);
    }
  }

  #remove(d: Datagram): void {
    const list = this.#waiting.get(d.hash);
    if (list !== undefined) {
      const i = list.indexOf(d);
      if (i >= 0) list.splice(i, 1);
      if (list.length === 0) this.#waiting.delete(d.hash);
    }
    const i = this.#order.indexOf(d);
    if (i >= 0) {
      this.#order.splice(i, 1);
      this.#bytes -= d.buf.length;
    }
  }
}
