import type { KeepUnfinished, Unfinished, UnfinishedOwner } from '../../core/index.js';
import { PDU_HEADER, Pdu, u32be } from './pdu.js';
import { certainPdu } from './probe.js';

/** States of one direction, in wire order. */
const S = {
  /** Gathering the six bytes of a PDU header. */
  Header: 0,
  /** Gathering the body of an association, release, reject or abort PDU. */
  Body: 1,
  /** Gathering the six bytes of a PDV item: length 4, context 1, control 1. */
  PdvHeader: 2,
  /** Inside a PDV fragment. */
  Fragment: 3,
  /** Counting over the rest of a PDU. */
  Skip: 4,
  /** Looking for the next certain PDU. */
  Lost: 5,
} as const;

/** What a reader tells its session. Bytes are lent. */
export interface ReaderSink {
  /** A whole PDU other than P-DATA: `b[from … to)` is its body. */
  pdu(dir: number, type: number, length: number, b: Buffer, from: number, to: number, tsUs: number): void;
  /** A P-DATA PDU begins. */
  pdataBegin(dir: number, length: number, tsUs: number): void;
  /** A PDV item begins. */
  pdvBegin(dir: number, length: number, context: number, control: number, tsUs: number): void;
  /** Bytes of the current fragment. */
  fragment(dir: number, b: Buffer, from: number, to: number): void;
  /** The fragment is over; `whole` is false when bytes of it were lost. */
  pdvEnd(dir: number, whole: boolean, tsUs: number): void;
  /** The P-DATA PDU is over. */
  pdataEnd(dir: number, length: number, tsUs: number): void;
  /** The body of a PDU that moves the association was given up, because the memory for all was spent. */
  givenUp(): void;
  fault(dir: number, fault: 'pduType' | 'pduLength' | 'associateLarge' | 'pdvLength' | 'resync', tsUs: number): void;
}

/** Bytes after which a PDU of any type is certain or is none (`certainPdu`): an association's first item is the farthest. */
const CERTAIN = 79;

/** A header claiming more than this is a lie, not a data set. */
const MAX_PDATA = 0x7ffffff0;

/**
 * PDUs of one direction out of any cut of the stream (PS3.8 9.3). Nothing is buffered but association bodies; the bytes of
 * a fragment pass through. A gap is first eaten by the bytes we meant to skip.
 */
export class PduReader implements UnfinishedOwner {
  #state: number = S.Header;
  #type = 0;
  #length = 0;
  /** Bytes of the PDU still to come, and of the current fragment. */
  #left = 0;
  #pdvLeft = 0;
  #pdvWhole = true;
  /** Second byte of the newest PDU header: reserved, never tested by a receiver (PS3.8 9.3.1). */
  reserved = 0;
  readonly #head = Buffer.alloc(PDU_HEADER);
  /** Lost: the newest bytes, for a PDU that begins in one slice and shows itself in the next. */
  readonly #tail = Buffer.alloc(CERTAIN - 1);
  #tailHas = 0;
  #have = 0;
  readonly #body: Unfinished;
  readonly #dir: number;
  readonly #sink: ReaderSink;
  readonly #maxBody: number;

  constructor(dir: number, sink: ReaderSink, keep: KeepUnfinished, maxBody: number) {
    this.#body = keep(this);
    this.#dir = dir;
    this.#sink = sink;
    this.#maxBody = maxBody;
  }

  /** True while the reader does not know where PDUs begin. */
  get lost(): boolean {
    return this.#state === S.Lost;
  }

  lose(): void {
    this.#state = S.Lost;
    this.#have = 0;
    this.#body.clear();
    this.#tailHas = 0;
  }

  feed(b: Buffer, from: number, to: number, tsUs: number): void {
    let at = from;
    while (at < to) {
      switch (this.#state) {
        case S.Header:
          at = this.#gather(b, at, to, PDU_HEADER);
          if (this.#have === PDU_HEADER) this.#header(tsUs);
          break;
        case S.Body: {
          const n = Math.min(this.#left, to - at);
          if (this.#body.length === 0 && n === this.#left) {
            this.#left = 0;
            this.#state = S.Header;
            this.#sink.pdu(this.#dir, this.#type, this.#length, b, at, at + n, tsUs);
          } else {
            const kept = this.#body.add(b, at, at + n);
            this.#left -= n;
            if (this.#left === 0 && kept) {
              const { bytes, length } = this.#body;
              this.#state = S.Header;
              this.#sink.pdu(this.#dir, this.#type, this.#length, bytes, 0, length, tsUs);
              this.#body.clear();
            } else if (this.#left === 0) this.#pduOver(tsUs);
          }
          at += n;
          break;
        }
        case S.PdvHeader: {
          const before = this.#have;
          at = this.#gather(b, at, to, PDU_HEADER);
          this.#left -= this.#have - before;
          if (this.#have === PDU_HEADER) this.#pdvHeader(tsUs);
          break;
        }
        case S.Fragment: {
          const n = Math.min(this.#pdvLeft, to - at);
          this.#sink.fragment(this.#dir, b, at, at + n);
          at += n;
          this.#consumed(n, tsUs);
          break;
        }
        case S.Skip: {
          const n = Math.min(this.#left, to - at);
          at += n;
          this.#left -= n;
          if (this.#left === 0) this.#pduOver(tsUs);
          break;
        }
        default:
          at = this.#search(b, at, to, tsUs);
      }
    }
  }

  /** `length` octets are missing; −1 an unknown number. @returns whether a PDU that moves the association may be among them */
  gap(length: number, tsUs: number): boolean {
    if (this.#state === S.Lost) return true;
    if (length < 0) {
      this.lose();
      return true;
    }
    if (this.#state === S.Fragment && length <= this.#pdvLeft) {
      this.#pdvWhole = false;
      this.#consumed(length, tsUs);
      return false;
    }
    const known =
      this.#state === S.Fragment || this.#state === S.PdvHeader || this.#state === S.Skip || this.#state === S.Body;
    if (!known || length > this.#left) {
      if (this.#state === S.Fragment) this.#sink.pdvEnd(this.#dir, false, tsUs);
      this.lose();
      return true;
    }
    // inside this PDU, beyond its current item: the rest of it is skipped, the next one begins where it must
    if (this.#state === S.Fragment) this.#sink.pdvEnd(this.#dir, false, tsUs);
    this.#have = 0;
    this.#body.clear();
    this.#left -= length;
    this.#state = S.Skip;
    if (this.#left === 0) this.#pduOver(tsUs);
    return this.#type !== Pdu.PData;
  }

  /** The rest of the PDU is counted over. */
  givenUp(): void {
    this.#state = S.Skip;
    this.#sink.givenUp();
  }

  #gather(b: Buffer, at: number, to: number, size: number): number {
    const n = Math.min(size - this.#have, to - at);
    b.copy(this.#head, this.#have, at, at + n);
    this.#have += n;
    return at + n;
  }

  #header(tsUs: number): void {
    const type = this.#head[0];
    this.reserved = this.#head[1];
    const length = u32be(this.#head, 2);
    this.#have = 0;
    this.#type = type;
    this.#length = length;
    this.#left = length;
    const dir = this.#dir;
    switch (type) {
      case Pdu.AssociateRq:
      case Pdu.AssociateAc:
        if (length > this.#maxBody || length < 68) {
          this.#sink.fault(dir, length < 68 ? 'pduLength' : 'associateLarge', tsUs);
          if (length > MAX_PDATA) return this.lose();
          this.#state = length === 0 ? S.Header : S.Skip;
        } else this.#state = S.Body;
        return;
      case Pdu.AssociateRj:
      case Pdu.ReleaseRq:
      case Pdu.ReleaseRp:
      case Pdu.Abort:
        if (length !== 4) {
          this.#sink.fault(dir, 'pduLength', tsUs);
          if (length > 65_536 || length < 4) return this.lose();
        }
        this.#state = S.Body;
        return;
      case Pdu.PData:
        if (length > MAX_PDATA || length < 6) {
          this.#sink.fault(dir, 'pduLength', tsUs);
          if (length > MAX_PDATA || length === 0) return this.lose();
          this.#state = S.Skip;
          return;
        }
        this.#sink.pdataBegin(dir, length, tsUs);
        this.#state = S.PdvHeader;
        return;
      default:
        this.#sink.fault(dir, 'pduType', tsUs);
        // an unknown type of plausible length is stepped over; anything else means that we lost our place
        if (length > 65_536) return this.lose();
        this.#state = length === 0 ? S.Header : S.Skip;
    }
  }

  #pdvHeader(tsUs: number): void {
    this.#have = 0;
    const length = u32be(this.#head, 0);
    if (length < 2 || length - 2 > this.#left) {
      this.#sink.fault(this.#dir, 'pdvLength', tsUs);
      this.#state = S.Skip;
      if (this.#left === 0) this.#pduOver(tsUs);
      return;
    }
    this.#pdvLeft = length - 2;
    this.#pdvWhole = true;
    this.#state = S.Fragment;
    this.#sink.pdvBegin(this.#dir, length, this.#head[4], this.#head[5], tsUs);
    if (this.#pdvLeft === 0) this.#consumed(0, tsUs);
  }

  #consumed(n: number, tsUs: number): void {
    this.#pdvLeft -= n;
    this.#left -= n;
    if (this.#pdvLeft > 0) return;
    this.#sink.pdvEnd(this.#dir, this.#pdvWhole, tsUs);
    if (this.#left === 0) this.#pduOver(tsUs);
    else if (this.#left < PDU_HEADER) {
      this.#sink.fault(this.#dir, 'pdvLength', tsUs);
      this.#state = S.Skip;
    } else this.#state = S.PdvHeader;
  }

  #pduOver(tsUs: number): void {
    this.#state = S.Header;
    this.#have = 0;
    if (this.#type === Pdu.PData) this.#sink.pdataEnd(this.#dir, this.#length, tsUs);
  }

  /**
   * Looks for the next certain PDU, first in what was left of the last slice together with the start of this one. Returns
   * where to go on.
   */
  #search(b: Buffer, from: number, to: number, tsUs: number): number {
    if (this.#tailHas > 0) {
      const old = this.#tailHas;
      const seam = Buffer.concat([this.#tail.subarray(0, old), b.subarray(from, Math.min(to, from + CERTAIN))]);
      const at = this.#find(seam, 0, old, seam.length);
      if (at >= 0) {
        this.#found(tsUs);
        this.feed(seam, at, old, tsUs);
        return from;
      }
    }
    const at = this.#find(b, from, to, to);
    if (at >= 0) {
      this.#found(tsUs);
      return at;
    }
    this.#remember(b, from, to);
    return to;
  }

  /** First place in `b[from … before)` where a PDU certainly begins, looking at bytes up to `to`; −1 none. */
  #find(b: Buffer, from: number, before: number, to: number): number {
    for (let at = from; at < before && at + 10 <= to; at++) {
      const type = b[at];
      if (type < Pdu.AssociateRq || type > Pdu.Abort || b[at + 2] > 1) continue;
      // a release, an abort or a reject is ten bytes of little character: only one that ends the slice is believed
      if (type !== Pdu.PData && type > Pdu.AssociateAc && at + 10 !== to) continue;
      if (certainPdu(b, at, to)) return at;
    }
    return -1;
  }

  #found(tsUs: number): void {
    this.#state = S.Header;
    this.#have = 0;
    this.#tailHas = 0;
    this.#sink.fault(this.#dir, 'resync', tsUs);
  }

  #remember(b: Buffer, from: number, to: number): void {
    const n = Math.min(this.#tail.length, to - from);
    const keep = Math.min(this.#tailHas, this.#tail.length - n);
    this.#tail.copyWithin(0, this.#tailHas - keep, this.#tailHas);
    b.copy(this.#tail, keep, to - n, to);
    this.#tailHas = keep + n;
  }
}
