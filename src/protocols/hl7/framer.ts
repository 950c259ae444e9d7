import type { KeepUnfinished, Unfinished, UnfinishedOwner } from '../../core/index.js';
import { headerAt } from './probe.js';
import type { Hl7Weird } from './weirds.js';

const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;
const LF = 0x0a;
const FF = 0x0c;
const ONE_FS = Buffer.of(FS);

/** States of one direction, in wire order. */
const S = {
  /** Between blocks. */
  Idle: 0,
  /** Inside a block, behind VT. */
  Block: 1,
  /** Behind the FS of a block: the next byte decides. */
  AfterFs: 2,
  /** HL7 without a block: ends at the next header, at VT, or in silence. */
  Raw: 3,
} as const;

export interface FramerSink {
  /** One block's content `b[from … to)`; `total` octets it had (more than are kept when it was long). Lent. */
  block(dir: number, b: Buffer, from: number, to: number, total: number, framing: string, tsUs: number): void;
  odd(weird: Hl7Weird, tsUs: number): void;
  /** An open block was given up, because the memory for all was spent. */
  givenUp(): void;
}

/**
 * Blocks of one direction out of any cut of the stream: MLLP (VT … FS CR) and every deviation that engines accept. A block
 * that lies whole in one slice is never copied; no byte is searched twice.
 */
export class Framer implements UnfinishedOwner {
  #state: number = S.Idle;
  readonly #kept: Unfinished;
  /** Octets of the block so far, kept or not. */
  #total = 0;
  #lastUs = 0;
  /** The byte before the current one was CR or LF, or nothing came yet. */
  #lineStart = true;
  #framing = 'canonical';
  /** What was told of the open block. */
  readonly #told = new Set<Hl7Weird>();
  readonly #dir: number;
  readonly #sink: FramerSink;
  readonly #keep: number;
  readonly #max: number;

  constructor(dir: number, sink: FramerSink, keep: KeepUnfinished, keepBytes: number, maxBytes: number) {
    this.#kept = keep(this);
    this.#dir = dir;
    this.#sink = sink;
    this.#keep = keepBytes;
    this.#max = maxBytes;
  }

  /** Whether a block is open whose end has not certainly come. */
  get pending(): boolean {
    return this.#state !== S.Idle;
  }

  get lastUs(): number {
    return this.#lastUs;
  }

  feed(b: Buffer, from: number, to: number, tsUs: number): void {
    this.#lastUs = tsUs;
    let at = from;
    while (at < to) {
      if (this.#state === S.Idle) at = this.#idle(b, at, to, tsUs);
      else if (this.#state === S.Block) at = this.#block(b, at, to, tsUs);
      else if (this.#state === S.AfterFs) at = this.#afterFs(b, at, tsUs);
      else at = this.#raw(b, at, to, tsUs);
    }
  }

  /** Bytes are missing: the open block is lost, the next one is found by its VT. */
  gap(tsUs: number): void {
    if (this.#state === S.AfterFs) this.#finish('fs_only', tsUs);
    else if (this.#state !== S.Idle) {
      this.#sink.odd('gap', tsUs);
      this.#drop();
    }
    this.#lineStart = false;
  }

  /** Silence, the other side's answer, or the end of the stream: what can be over is over. @returns octets that were read for it */
  settle(tsUs: number): number {
    const kept = this.#kept.length;
    if (this.#state === S.AfterFs) {
      this.#sink.odd('fsOnly', tsUs);
      this.#finish('fs_only', tsUs);
    } else if (this.#state === S.Raw) this.#finish('raw', tsUs);
    else if (this.#state === S.Block && this.#feedEnds()) {
      this.#sink.odd('crFf', tsUs);
      this.#finish('cr_ff', tsUs);
    }
    return this.#state === S.Idle ? kept : 0;
  }

  /** The open block ends with CR FF, which some senders mean for FS CR; takes the FF off. */
  #feedEnds(): boolean {
    const { bytes, length: n } = this.#kept;
    if (n < 2 || n !== this.#total || bytes[n - 1] !== FF || bytes[n - 2] !== CR) return false;
    this.#kept.length--;
    this.#total--;
    return true;
  }

  /** The open block is lost like one with a gap. */
  givenUp(): void {
    this.#drop();
    this.#lineStart = false;
    this.#sink.givenUp();
  }

  #idle(b: Buffer, from: number, to: number, tsUs: number): number {
    let junk = false;
    for (let i = from; i < to; i++) {
      const c = b[i];
      if (c === VT) {
        if (junk) this.#sink.odd('junk', tsUs);
        this.#open('canonical', S.Block);
        return i + 1;
      }
      // a header at the start of a line without a block; one cut by the slice's end counts when its letters fit
      if (this.#lineStart && c === 0x4d && headerAt(b, i, to) === 1) {
        this.#sink.odd('raw', tsUs);
        this.#open('raw', S.Raw);
        return i;
      }
      this.#lineStart = c === CR || c === LF;
      if (!this.#lineStart && c !== 0x20 && c !== 9 && c !== 0 && c !== FS) junk = true;
    }
    if (junk) this.#sink.odd('junk', tsUs);
    return to;
  }

  /** Tells once a block: a million of them say no more than one. */
  #once(weird: 'vtInside' | 'fsInside', tsUs: number): void {
    if (this.#told.has(weird)) return;
    this.#told.add(weird);
    this.#sink.odd(weird, tsUs);
  }

  #open(framing: string, state: number): void {
    if (this.#told.size > 0) this.#told.clear();
    this.#state = state;
    this.#framing = framing;
    this.#kept.clear();
    this.#total = 0;
  }

  #block(b: Buffer, from: number, to: number, tsUs: number): number {
    let end = find(b, FS, from, to);
    while (end + 1 < to && isData(b[end + 1])) {
      this.#once('fsInside', tsUs);
      end = find(b, FS, end + 1, to);
    }
    // a VT before the end: the next block when a line ended before it and a header follows, else a VT inside
    for (let vt = find(b, VT, from, end); vt < end; vt = find(b, VT, vt + 1, end)) {
      while (vt + 1 < end && b[vt + 1] === VT) {
        this.#once('vtInside', tsUs);
        vt++;
      }
      if (headerAt(b, vt + 1, to) === 1 && (vt === from || b[vt - 1] === CR || b[vt - 1] === LF || b[vt - 1] === 0)) {
        this.#take(b, from, vt);
        if (this.#total > 0) {
          this.#sink.odd('noEnd', tsUs);
          this.#deliver(b, from, vt, 'no_end', tsUs);
        }
        this.#open('canonical', S.Block);
        return vt + 1;
      }
      this.#once('vtInside', tsUs);
    }
    this.#total += end - from;
    if (this.#total > this.#max) {
      this.#sink.odd('large', tsUs);
      this.#drop();
      return end;
    }
    if (end === to) {
      this.#copy(b, from, to);
      return to;
    }
    const next = end + 1;
    // the usual case: the whole block and its end lie here
    if (this.#kept.length === 0 && next < to && b[next] === CR) {
      this.#state = S.Idle;
      this.#lineStart = true;
      this.#sink.block(this.#dir, b, from, Math.min(end, from + this.#keep), this.#total, this.#framing, tsUs);
      return next + 1;
    }
    if (this.#copy(b, from, end)) this.#state = S.AfterFs;
    return next;
  }

  #afterFs(b: Buffer, at: number, tsUs: number): number {
    const c = b[at];
    if (c === CR) {
      this.#finish(this.#framing, tsUs);
      return at + 1;
    }
    if (c === LF || c === 0) {
      this.#sink.odd(c === LF ? 'fsLf' : 'fsNul', tsUs);
      this.#finish(c === LF ? 'fs_lf' : 'fs_nul', tsUs);
      return at + 1;
    }
    if (!isData(c)) {
      this.#sink.odd('fsOnly', tsUs);
      this.#finish('fs_only', tsUs);
      return at;
    }
    // the separator belongs to the data: receivers that end at FS alone read another message
    this.#once('fsInside', tsUs);
    if (!this.#copy(ONE_FS, 0, 1)) return at;
    this.#total++;
    this.#state = S.Block;
    return at;
  }

  #raw(b: Buffer, from: number, to: number, tsUs: number): number {
    for (let i = from; i < to; i++) {
      const c = b[i];
      const next =
        c === VT ||
        c === FS ||
        (this.#lineStart && this.#total + i - from > 0 && c === 0x4d && headerAt(b, i, to) === 1);
      if (next) {
        this.#total += i - from;
        this.#copy(b, from, i);
        this.#finish('raw', tsUs);
        return c === FS ? i + 1 : i;
      }
      this.#lineStart = c === CR || c === LF;
    }
    this.#total += to - from;
    if (this.#total > this.#max) {
      this.#sink.odd('large', tsUs);
      this.#drop();
    } else this.#copy(b, from, to);
    return to;
  }

  #take(b: Buffer, from: number, to: number): void {
    this.#total += to - from;
    if (this.#kept.length > 0) this.#copy(b, from, to);
  }

  #deliver(b: Buffer, from: number, to: number, framing: string, tsUs: number): void {
    const { bytes, length } = this.#kept;
    if (length > 0) this.#sink.block(this.#dir, bytes, 0, length, this.#total, framing, tsUs);
    else this.#sink.block(this.#dir, b, from, Math.min(to, from + this.#keep), this.#total, framing, tsUs);
  }

  /** Keeps what is kept of a block; false when the block was given up. */
  #copy(b: Buffer, from: number, to: number): boolean {
    const n = Math.min(to - from, this.#keep - this.#kept.length);
    return n <= 0 || this.#kept.add(b, from, from + n);
  }

  #finish(framing: string, tsUs: number): void {
    const { bytes, length } = this.#kept;
    if (this.#total > 0) this.#sink.block(this.#dir, bytes, 0, length, this.#total, framing, tsUs);
    this.#drop();
  }

  #drop(): void {
    this.#state = S.Idle;
    this.#kept.clear();
    this.#total = 0;
    this.#lineStart = true;
  }
}

/** Slices longer than this are searched by the machine's own search, which costs a view of them. */
const LONG = 256;

/** Where `byte` is first in `b[from … to)`, `to` when nowhere. The lent buffer holds other packets behind `to`: they are not searched. */
function find(b: Buffer, byte: number, from: number, to: number): number {
  if (to - from > LONG) {
    const at = b.subarray(from, to).indexOf(byte);
    return at < 0 ? to : from + at;
  }
  let i = from;
  while (i < to && b[i] !== byte) i++;
  return i;
}

/** A byte behind FS that no end of a block has: the FS was data. */
function isData(c: number): boolean {
  return c !== CR && c !== LF && c !== 0 && c !== VT && c !== 0x4d;
}
