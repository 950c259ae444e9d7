import {
  type Counters,
  type Dir,
  emptySlice,
  type FlowColumns,
  FlowMark,
  type FlowSink,
  type PacketView,
  type SettingsOf,
  type StreamSlice,
  TcpFlag,
  type Weirds,
} from '../core/index.js';
import { type Segment, SegmentPool } from './segments.js';
import type { flowSettings } from './settings.js';
import { Bit, CLOSE_TURNS, DRAINED, FAR, FIN_AHEAD, GAPS_A_TICK } from './tcp-limits.js';
import { Waiting } from './waiting.js';
import type { FlowWeirdIds } from './weirds.js';

/**
 * TCP reassembly (RFC 9293), both directions of every flow. In-order data passes through uncopied; what comes early is copied
 * to pool pages until the hole is filled, or until it is clear that it never will be: then the hole is a gap of known length.
 * Bytes that came first win; overlaps that differ are named. Sequence arithmetic is `(b - a) | 0`, so it wraps right.
 */
export class TcpStreams {
  readonly #columns: FlowColumns;
  readonly #sink: FlowSink;
  readonly #weirds: Weirds;
  readonly #w: FlowWeirdIds;
  readonly #counters: Counters;
  readonly #gaps: number;
  readonly #pool: SegmentPool;
  readonly #maxSegments: number;
  readonly #maxBytes: number;
  readonly #ackedUs: number;
  readonly #ackedSegments: number;
  readonly #gapUs: number;
  // two a row, by Dir
  readonly #bits: Uint8Array;
  readonly #next: Int32Array;
  readonly #fin: Int32Array;
  readonly #syn: Int32Array;
  readonly #ack: Int32Array;
  readonly #off: Float64Array;
  /** What came early; none where nothing waits. */
  readonly #waiting: (Waiting | null)[];
  readonly #idle: Waiting[] = [];
  /** Slots with a hole in a direction. */
  readonly #holes = new Set<number>();
  readonly #slice: StreamSlice = emptySlice();

  constructor(
    columns: FlowColumns,
    sink: FlowSink,
    settings: SettingsOf<typeof flowSettings>,
    weirds: Weirds,
    ids: FlowWeirdIds,
    counters: Counters,
  ) {
    const n = columns.capacity * 2;
    this.#columns = columns;
    this.#sink = sink;
    this.#weirds = weirds;
    this.#w = ids;
    this.#counters = counters;
    this.#gaps = counters.define(
      'counter',
      'wardwire_reassembly_gaps_total',
      'Holes in TCP streams that were never filled.',
    );
    this.#pool = new SegmentPool(settings.segment_memory_mib * 1048576, counters);
    this.#maxSegments = settings.segments_per_direction;
    this.#maxBytes = settings.segment_kib_per_direction * 1024;
    this.#ackedUs = settings.gap_acked_ms * 1000;
    this.#ackedSegments = settings.gap_acked_segments;
    this.#gapUs = settings.gap_s * 1e6;
    this.#bits = new Uint8Array(n);
    this.#next = new Int32Array(n);
    this.#fin = new Int32Array(n);
    this.#syn = new Int32Array(n);
    this.#ack = new Int32Array(n);
    this.#off = new Float64Array(n);
    this.#waiting = new Array<Waiting | null>(n).fill(null);
  }

  /** A flow begins in this slot. */
  open(slot: number): void {
    this.#bits.fill(0, 2 * slot, 2 * slot + 2);
    this.#off.fill(0, 2 * slot, 2 * slot + 2);
  }

  /** Sequence number expected next in a direction, and whether one is. */
  expects(slot: number, dir: number): boolean {
    return (this.#bits[2 * slot + dir] & Bit.Started) !== 0;
  }

  nextSeq(slot: number, dir: number): number {
    return this.#next[2 * slot + dir];
  }

  /** True when a SYN with this sequence number is the one the direction began with. */
  sameSyn(slot: number, dir: number, seq: number): boolean {
    const k = 2 * slot + dir;
    return (this.#bits[k] & Bit.Syn) !== 0 ? this.#syn[k] === seq : ((this.#next[k] - 1 - seq) | 0) === 0;
  }

  /** Another SYN-ACK counts as long as nothing of the direction was delivered and nobody acknowledged the former one. */
  answerAgain(slot: number, dir: number, seq: number): void {
    const k = 2 * slot + dir;
    const acked = (this.#bits[k] & Bit.Acked) !== 0 && ((this.#ack[k] - this.#next[k]) | 0) >= 0;
    if ((this.#bits[k] & Bit.Syn) === 0 || acked || this.#off[k] !== 0 || this.#waiting[k] !== null) return;
    this.#syn[k] = seq;
    this.#next[k] = (seq + 1) | 0;
  }

  /** Octets of a direction that are acknowledged and were not seen (yet); of one never seen, since it was first acknowledged. */
  unseen(slot: number, dir: number, ack: number): number {
    const k = 2 * slot + dir;
    if ((this.#bits[k] & (Bit.Started | Bit.Told)) === 0) {
      this.#bits[k] |= Bit.Told;
      this.#next[k] = ack;
    }
    return (ack - this.#next[k]) | 0;
  }

  ended(slot: number): boolean {
    return (this.#bits[2 * slot] & this.#bits[2 * slot + 1] & Bit.Ended) !== 0;
  }

  /** One TCP packet of the flow: its data, its FIN, what its ACK tells about the other direction. */
  packet(v: PacketView): void {
    const slot = v.slot;
    const k = 2 * slot + v.dir;
    const flags = v.tcpFlags;
    let seq = v.tcpSeq;
    if (flags & TcpFlag.Syn) {
      if ((this.#bits[k] & Bit.Started) === 0) {
        this.#bits[k] |= Bit.Started | Bit.Syn;
        this.#syn[k] = seq;
        this.#next[k] = (seq + 1) | 0;
      }
      seq = (seq + 1) | 0;
    } else if ((this.#bits[k] & Bit.Started) === 0) {
      this.#bits[k] |= Bit.Started;
      // a keep-alive probe repeats the last byte; anything else shows where the direction stands
      this.#next[k] = seq;
    }
    if (flags & TcpFlag.Fin && (this.#bits[k] & Bit.Fin) === 0) {
      const end = (seq + v.payWireLen) | 0;
      const ahead = (end - this.#next[k]) | 0;
      // an end before what was delivered, or far ahead, is none the receiver would believe: it must not blind us
      if (ahead < 0 || ahead > FIN_AHEAD) this.#weirds.hit(this.#w.finWindow, slot, v.tsUs);
      else {
        this.#bits[k] |= Bit.Fin;
        this.#fin[k] = end;
      }
    }
    if (v.payWireLen > 0) this.#data(v, k, seq);
    if (flags & TcpFlag.Ack) this.#acknowledge(k ^ 1, v.tcpAck);
    if (this.#bits[k] & Bit.Hole) this.#judge(k, v.tsUs);
    if (this.#bits[k ^ 1] & Bit.Hole) this.#judge(k ^ 1, v.tsUs);
    if (this.#bits[k] & Bit.Fin) this.#finish(k, v.tsUs);
  }

  /** Holes that waited long enough become gaps. */
  tick(nowUs: number): void {
    let gaps = 0;
    for (const k of this.#holes) if (this.#judge(k, nowUs) && ++gaps >= GAPS_A_TICK) break;
  }

  /** The flow ends: what waits is delivered behind its gap, both directions end. */
  close(slot: number, tsUs: number): void {
    for (let k = 2 * slot; k < 2 * slot + 2; k++) {
      for (let n = 0; this.#waiting[k] !== null && n < CLOSE_TURNS; n++) this.#giveUp(k, tsUs);
      this.#abandon(k, tsUs);
      if (this.#bits[k] & Bit.Started && (this.#bits[k] & Bit.Ended) === 0) {
        this.#bits[k] |= Bit.Ended;
        this.#emit(k, this.#slice.buf, 0, 0, tsUs, true);
      }
    }
  }

  /** Forgets waiting segments of a flow that is only counted from here. */
  drop(slot: number): void {
    for (let k = 2 * slot; k < 2 * slot + 2; k++) this.#release(k);
  }

  #data(v: PacketView, k: number, seq: number): void {
    const diff = (seq - this.#next[k]) | 0;
    const columns = this.#columns;
    if (this.#bits[k] & Bit.Ended) {
      columns.retransmitted[k] += v.payWireLen;
      return;
    }
    if (diff > FAR || diff < -FAR) {
      this.#weirds.hit(this.#w.window, v.slot, v.tsUs);
      return;
    }
    if (diff > 0) {
      columns.outOfOrder[k] += v.payWireLen;
      this.#queue(v, k, seq);
      return;
    }
    if (diff < 0) {
      const old = Math.min(-diff, v.payWireLen);
      columns.retransmitted[k] += old;
      columns.marks[v.slot] |= FlowMark.Retransmit;
      if (old === v.payWireLen) return;
    }
    const skip = -diff;
    const head = this.#waiting[k]?.head ?? null;
    // new data may run into segments that came early: those bytes came first
    let wire = v.payWireLen;
    if (head !== null) {
      const room = (head.seq - seq) | 0;
      if (wire > room) {
        this.#compare(v, k, seq);
        wire = Math.max(room, skip);
      }
    }
    const have = Math.min(v.payLen, wire);
    if (have > skip) this.#emit(k, v.payBuf, v.payOff + skip, v.payOff + have, v.tsUs, false);
    if (wire > Math.max(have, skip)) this.#gap(k, wire - Math.max(have, skip), v.tsUs);
    if (this.#waiting[k] !== null) this.#drain(k, v.tsUs);
  }

  /** Copies an early segment into its place in the waiting list; bytes already waiting win. */
  #queue(v: PacketView, k: number, seq: number): void {
    if (v.payLen === 0) return; // snapped whole: the bytes behind it will show the gap
    let w = this.#waiting[k];
    if (w !== null && (w.count >= this.#maxSegments || w.bytes + v.payLen > this.#maxBytes)) {
      this.#weirds.hit(this.#w.segmentsLimit, v.slot, v.tsUs);
      this.#giveUp(k, v.tsUs);
      this.#data(v, k, seq);
      return;
    }
    const s = this.#pool.take(v.payLen);
    if (s === null) {
      this.#weirds.hit(this.#w.memoryLimit, v.slot, v.tsUs);
      if (w === null) {
        // no memory to wait with: the hole is a gap at once
        this.#gap(k, (seq - this.#next[k]) | 0, v.tsUs);
      } else this.#giveUp(k, v.tsUs);
      this.#data(v, k, seq);
      return;
    }
    v.payBuf.copy(s.buf, 0, v.payOff, v.payOff + v.payLen);
    s.seq = seq;
    s.length = v.payLen;
    s.wire = v.payWireLen;
    s.tsUs = v.tsUs;
    if (w === null) {
      w = this.#idle.pop() ?? new Waiting();
      w.sinceUs = v.tsUs;
      this.#waiting[k] = w;
      this.#bits[k] |= Bit.Hole;
      this.#holes.add(k);
    }
    w.put(s);
    const { before, after } = w;
    if (before !== null && ((before.seq + before.wire - seq) | 0) > 0) this.#overlap(before, s, v);
    if (after !== null && ((seq + s.wire - after.seq) | 0) > 0) this.#overlap(after, s, v);
  }

  #overlap(a: Segment, b: Segment, v: PacketView): void {
    this.#weirds.hit(this.#w.overlap, v.slot, v.tsUs);
    if (a.differs(b.seq, b.buf, 0, b.length)) this.#differs(v);
  }

  /** Compares new in-order data with the waiting segments it runs into. */
  #compare(v: PacketView, k: number, seq: number): void {
    this.#weirds.hit(this.#w.overlap, v.slot, v.tsUs);
    for (let s = this.#waiting[k]?.head ?? null; s !== null && ((s.seq - seq) | 0) < v.payLen; s = s.next)
      if (s.differs(seq, v.payBuf, v.payOff, v.payLen)) return this.#differs(v);
  }

  #differs(v: PacketView): void {
    this.#columns.marks[v.slot] |= FlowMark.OverlapDiffers;
    this.#weirds.hit(this.#w.overlapDiffers, v.slot, v.tsUs);
  }

  /** Delivers waiting segments as far as they follow on, some at once: the next packet or tick goes on. */
  #drain(k: number, tsUs: number): void {
    const w = this.#waiting[k];
    if (w === null) return;
    const enough = this.#off[k] + DRAINED;
    const waited = w.count;
    for (;;) {
      const s = w.head;
      if (s === null) break;
      const skip = (this.#next[k] - s.seq) | 0;
      if (skip < 0) {
        // the next hole is known since the segment behind it came
        if (w.count < waited) w.sinceUs = s.tsUs;
        return;
      }
      if (this.#off[k] >= enough) return;
      w.takeHead(s);
      if (skip < s.length) this.#emit(k, s.buf, skip, s.length, tsUs, false);
      if (s.wire > s.length && skip < s.wire) this.#gap(k, s.wire - Math.max(s.length, skip), tsUs);
      this.#pool.give(s);
    }
    this.#release(k);
  }

  #acknowledge(k: number, ack: number): void {
    if ((this.#bits[k] & Bit.Acked) === 0 || ((ack - this.#ack[k]) | 0) > 0) {
      this.#bits[k] |= Bit.Acked;
      this.#ack[k] = ack;
    }
  }

  /** Is the hole one that will never be filled? */
  #judge(k: number, nowUs: number): boolean {
    const w = this.#waiting[k];
    const head = w === null ? null : w.head;
    if (w === null || head === null) return false;
    if (((head.seq - this.#next[k]) | 0) <= 0) {
      this.#drain(k, nowUs);
      return true;
    }
    const waited = nowUs - w.sinceUs;
    const acked = (this.#bits[k] & Bit.Acked) !== 0 && ((this.#ack[k] - head.seq) | 0) >= 0;
    const missed = acked && (waited > this.#ackedUs || w.count >= this.#ackedSegments);
    if (!missed && waited <= this.#gapUs) return false;
    this.#giveUp(k, nowUs);
    return true;
  }

  /** The first hole of a direction becomes a gap; what follows it is delivered. */
  #giveUp(k: number, tsUs: number): void {
    const head = this.#waiting[k]?.head ?? null;
    if (head === null) return;
    const missing = (head.seq - this.#next[k]) | 0;
    if (missing > 0) this.#gap(k, missing, tsUs);
    this.#drain(k, tsUs);
    if (this.#bits[k] & Bit.Fin) this.#finish(k, tsUs);
  }

  /** What still waits when a flow ends is a gap: it is not worth a long step. */
  #abandon(k: number, tsUs: number): void {
    let last = this.#waiting[k]?.head ?? null;
    if (last === null) return;
    while (last.next !== null) last = last.next;
    const missing = (last.seq + last.wire - this.#next[k]) | 0;
    this.#release(k);
    if (missing > 0) this.#gap(k, missing, tsUs);
  }

  #gap(k: number, length: number, tsUs: number): void {
    const slot = k >> 1;
    this.#columns.gapOctets[k] += length;
    this.#columns.marks[slot] |= FlowMark.Gap;
    this.#counters.values[this.#gaps]++;
    this.#weirds.hit(this.#w.gap, slot, tsUs);
    const s = this.#slice;
    s.gapLen = length;
    this.#emit(k, s.buf, 0, 0, tsUs, false);
    s.gapLen = 0;
    this.#next[k] = (this.#next[k] + length) | 0;
    this.#off[k] += length;
  }

  #finish(k: number, tsUs: number): void {
    if (this.#bits[k] & Bit.Ended) return;
    const rest = (this.#fin[k] - this.#next[k]) | 0;
    if (rest > 0) return;
    if (rest < 0) this.#weirds.hit(this.#w.finData, k >> 1, tsUs);
    this.#bits[k] |= Bit.Ended;
    this.#release(k);
    this.#emit(k, this.#slice.buf, 0, 0, tsUs, true);
  }

  #emit(k: number, buf: Buffer, from: number, to: number, tsUs: number, end: boolean): void {
    const s = this.#slice;
    s.dir = (k & 1) as Dir;
    s.buf = buf;
    s.from = from;
    s.to = to;
    s.streamOff = this.#off[k];
    s.tsUs = tsUs;
    s.end = end;
    this.#next[k] = (this.#next[k] + to - from) | 0;
    this.#off[k] += to - from;
    this.#sink.stream(k >> 1, s);
  }

  #release(k: number): void {
    const w = this.#waiting[k];
    if (w === null) return;
    w.clear(this.#pool);
    this.#waiting[k] = null;
    this.#idle.push(w);
    this.#bits[k] &= ~Bit.Hole;
    this.#holes.delete(k);
  }
}
