import { fold32, type PacketView, transportSumOk } from '../core/index.js';

/** Frames of a direction remembered. */
const RECENT = 4;

/** What a packet is to those before it. */
export const Copy = {
  None: 0,
  /** A second span copy of a frame. */
  Same: 1,
  /** A second copy, seen between other MAC addresses: before and after a router, or someone in between. */
  OtherMacs: 2,
  /** The same part of the stream as a frame before, with other bytes: no copy, and no retransmission either. */
  Differs: 3,
} as const;
export type Copy = (typeof Copy)[keyof typeof Copy];

/** No sum: no TCP payload, or not whole. */
const NO_SUM = 0xffff;
/** A segment sent again within this time must be the same. */
const AGAIN_US = 1e6;
const TWO32 = 4294967296;

/**
 * Sum of a segment's payload, modulo 65,535, without reading the payload: what the TCP checksum (RFC 9293 3.1) leaves when the header
 * words that may change are taken off. What does not change between two sendings (addresses, ports, number, length) stays in.
 */
function payloadSum(b: Buffer, tcp: number, payload: number): number {
  let sum = 0;
  // acknowledgement number, offset and flags, window; the checksum itself; urgent pointer and options
  for (let i = tcp + 8; i < tcp + 16; i += 2) sum += (b[i] << 8) | b[i + 1];
  for (let i = tcp + 18; i < payload; i += 2) sum += (b[i] << 8) | b[i + 1];
  const checksum = (b[tcp + 16] << 8) | b[tcp + 17];
  return (((0xffff - checksum - sum) % 0xffff) + 0xffff) % 0xffff;
}

/** Words of a remembered frame, side by side: a look at a direction is one or two cache lines. */
const W = {
  Signature: 0,
  /** MAC addresses, hashed. */
  Mac: 1,
  /** Sequence number and length of a TCP segment. */
  Part: 2,
  /** Time, µs: its low 32 bits, and above the sum of the payload the 16 bits that follow them. */
  TimeLow: 3,
  SumAndTime: 4,
} as const;
const WORDS = 5;
const STRIDE = RECENT * WORDS;

/** Recognises packets a span mirrors twice, by the signatures of each direction's newest frames. */
export class SpanCopies {
  readonly #withinUs: number;
  readonly #frames: Int32Array;
  readonly #at: Uint8Array;

  /** @param withinUs how far apart two copies may be, µs; 0 looks for none */
  constructor(flows: number, withinUs: number) {
    this.#withinUs = withinUs;
    this.#frames = new Int32Array(flows * 2 * STRIDE);
    this.#at = new Uint8Array(flows * 2);
  }

  /** A new flow begins in this slot. */
  open(slot: number): void {
    this.#frames.fill(0, slot * 2 * STRIDE, (slot + 1) * 2 * STRIDE);
  }

  /**
   * Seen a moment ago in direction `k` (2 × slot + dir) with the same IP id, sequence, length and checksum above IP? What a
   * router changes (MAC addresses, TTL, the IP header's checksum) is left out.
   */
  look(v: PacketView, k: number): Copy {
    const b = v.buf;
    const o = v.ipOff;
    // a reassembled datagram has no single frame to compare
    if (this.#withinUs === 0 || v.fragment || v.payBuf !== b) return Copy.None;
    const id = v.ipVersion === 4 ? (b[o + 4] << 8) | b[o + 5] : 0;
    const p = v.payOff;
    const tail = p - 4 > o ? (b[p - 4] << 24) | (b[p - 3] << 16) | (b[p - 2] << 8) | b[p - 1] : 0;
    let sig = fold32(fold32(fold32(id, v.ipLen), v.tcpSeq), tail);
    sig = fold32(fold32(sig, v.tcpAck), (v.tcpFlags << 16) | v.tcpWindow);
    if (v.payLen > 0) sig = fold32(sig, (b[p] << 8) | b[p + v.payLen - 1]);
    const frames = this.#frames;
    const from = k * STRIDE;
    const mac = v.hasMac ? fold32(fold32(v.srcMacHi ^ v.dstMacLo, v.srcMacLo), v.dstMacHi) : 0;
    const sum = v.tcpOff > 0 && v.payLen > 0 && v.payLen === v.payWireLen ? payloadSum(b, v.tcpOff, p) : NO_SUM;
    const part = fold32(v.tcpSeq, v.payLen);
    let differs = false;
    for (let i = from; i < from + STRIDE; i += WORDS) {
      // IPv4 without an id (DF set, many stacks) repeats honestly only in retransmissions, which take longer
      if (frames[i + W.Signature] === sig && this.#age(i, v.tsUs) <= this.#withinUs)
        return frames[i + W.Mac] === mac ? Copy.Same : Copy.OtherMacs;
      if (sum === NO_SUM || frames[i + W.Part] !== part) continue;
      const before = frames[i + W.SumAndTime] & 0xffff;
      if (before !== sum && before !== NO_SUM && this.#age(i, v.tsUs) <= AGAIN_US) differs = true;
    }
    const turn = this.#at[k] & (RECENT - 1);
    const i = from + turn * WORDS;
    const high = Math.floor(v.tsUs / TWO32);
    frames[i + W.Signature] = sig;
    frames[i + W.Mac] = mac;
    frames[i + W.Part] = part;
    frames[i + W.TimeLow] = v.tsUs - high * TWO32;
    frames[i + W.SumAndTime] = (high << 16) | sum;
    this.#at[k] = turn + 1;
    // a checksum that is wrong (offloads) says nothing about the payload
    return differs && transportSumOk(v, v.tcpOff) ? Copy.Differs : Copy.None;
  }

  /** How far a remembered frame lies from a time, µs; infinite where none is. Of 48 bits of time: they last nine years. */
  #age(i: number, tsUs: number): number {
    const low = this.#frames[i + W.TimeLow] >>> 0;
    const word = this.#frames[i + W.SumAndTime];
    if (low === 0 && word === 0) return Number.POSITIVE_INFINITY;
    const high = Math.floor(tsUs / TWO32);
    const apart = (((high & 0xffff) - (word >>> 16)) << 16) >> 16;
    return Math.abs(apart * TWO32 + (tsUs - high * TWO32 - low));
  }
}
