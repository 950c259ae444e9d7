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

/** What keeping a part costs besides its octets. */
const PART_COST = 160;

/** Octets `from … to` of a datagram. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
}

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
  /** What came, sorted and disjoint. */
  parts: Part[] = [];
  /** Octets in the parts, and what they cost with their bookkeeping. */
  covered = 0;
  cost = 0;
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
  /** In the order they came, for eviction. */
  readonly #order = new Set<Datagram>();
  readonly #seed: number;
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
  readonly #refused: number;
  readonly #memory: number;

  constructor(settings: SettingsOf<typeof layersSettings>, weirds: Weirds, counters: Counters, seed: number) {
    this.#seed = seed;
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
    this.#refused = counters.define('counter', 'wardwire_fragments_total', text, { result: 'refused' });
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
    for (const d of this.#order) {
      if (nowUs - d.firstUs <= this.#timeoutUs) break;
      this.#c.values[this.#expired]++;
      this.#remove(d);
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
      this.#c.values[this.#refused]++;
      this.#remove(d);
      return stop(v, c, Stop.Fragment);
    }
    if (!more) d.length = offset + n;
    this.#store(d, c.buf, c.off, offset, n, v.tsUs);
    const bytes = d.length >= 0 && d.covered >= d.length ? assemble(d) : null;
    if (bytes === null) {
      this.#evict(d);
      return stop(v, c, Stop.Fragment);
    }
    this.#c.values[this.#done]++;
    this.#remove(d);
    c.buf = bytes;
    c.off = 0;
    c.end = d.length;
    c.wire = d.length;
    c.kind = 0;
  }

  #find(v: PacketView, id: number, proto: number): Datagram {
    let h = fold32(fold32(fold32(fold32(this.#seed, id), v.src3), v.dst3), proto);
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
    this.#order.add(d);
    return d;
  }

  /** Copies what has not come yet; compares what has. */
  #store(d: Datagram, src: Buffer, from: number, offset: number, n: number, tsUs: number): void {
    const end = offset + n;
    const fresh: Part[] = [];
    const take = (a: number, b: number): void => {
      // of its own: a slice of a shared slab would keep all of that alive
      const bytes = Buffer.allocUnsafeSlow(b - a);
      src.copy(bytes, 0, from + a - offset, from + b - offset);
      fresh.push({ from: a, to: b, bytes });
      d.covered += b - a;
      d.cost += b - a + PART_COST;
      this.#bytes += b - a + PART_COST;
    };
    let at = offset;
    let overlap = false;
    for (const p of d.parts) {
      if (p.to <= at) continue;
      if (p.from >= end) break;
      if (p.from > at) take(at, p.from);
      const a = Math.max(at, p.from);
      const b = Math.min(end, p.to);
      overlap = true;
      if (src.compare(p.bytes, a - p.from, b - p.from, from + a - offset, from + b - offset) !== 0) {
        this.#weirds.hit(this.#w.differs, -1, tsUs);
      }
      at = b;
    }
    if (at < end) take(at, end);
    if (overlap) this.#weirds.hit(this.#w.overlap, -1, tsUs);
    if (fresh.length === 0) return;
    const last = d.parts[d.parts.length - 1];
    d.parts.push(...fresh);
    if (last !== undefined && last.from > fresh[0].from) d.parts.sort((x, y) => x.from - y.from);
  }

  #evict(keep: Datagram): void {
    for (const oldest of this.#order) {
      if (this.#bytes <= this.#maxBytes && this.#order.size <= this.#maxDatagrams) return;
      if (oldest === keep) continue;
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
    if (this.#order.delete(d)) this.#bytes -= d.cost;
  }
}

/** The datagram's bytes when its parts reach from 0 to its end without a hole, else null. */
function assemble(d: Datagram): Buffer | null {
  let at = 0;
  for (const p of d.parts) {
    if (p.from > at) break;
    at = p.to;
  }
  if (at < d.length) return null;
  const bytes = Buffer.allocUnsafe(d.length);
  for (const p of d.parts) if (p.from < d.length) p.bytes.copy(bytes, p.from, 0, d.length - p.from);
  return bytes;
}
