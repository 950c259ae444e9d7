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

/** Recognises packets a span mirrors twice, by the signatures of each direction's newest frames. */
export class SpanCopies {
  readonly #withinUs: number;
  /** Signatures, times and MAC addresses of the newest frames, RECENT a direction. */
  readonly #signature: Int32Array;
  readonly #us: Float64Array;
  readonly #mac: Int32Array;
  /** Sequence number and length of TCP segments, and the sum of their payload. */
  readonly #part: Int32Array;
  readonly #sum: Uint16Array;
  readonly #at: Uint8Array;

  /** @param withinUs how far apart two copies may be, µs; 0 looks for none */
  constructor(flows: number, withinUs: number) {
    this.#withinUs = withinUs;
    this.#signature = new Int32Array(flows * 2 * RECENT);
    this.#us = new Float64Array(flows * 2 * RECENT);
    this.#mac = new Int32Array(flows * 2 * RECENT);
    this.#part = new Int32Array(flows * 2 * RECENT);
    this.#sum = new Uint16Array(flows * 2 * RECENT);
    this.#at = new Uint8Array(flows * 2);
  }

  /** A new flow begins in this slot. */
  open(slot: number): void {
    this.#us.fill(0, slot * 2 * RECENT, (slot + 1) * 2 * RECENT);
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
    const at = k * RECENT;
    const mac = v.hasMac ? fold32(fold32(v.srcMacHi ^ v.dstMacLo, v.srcMacLo), v.dstMacHi) : 0;
    const sum = v.tcpOff > 0 && v.payLen > 0 && v.payLen === v.payWireLen ? payloadSum(b, v.tcpOff, p) : NO_SUM;
    const part = fold32(v.tcpSeq, v.payLen);
    let differs = false;
    for (let i = at; i < at + RECENT; i++) {
      // IPv4 without an id (DF set, many stacks) repeats honestly only in retransmissions, which take longer
      if (this.#signature[i] === sig && this.#us[i] > 0 && Math.abs(v.tsUs - this.#us[i]) <= this.#withinUs)
        return this.#mac[i] === mac ? Copy.Same : Copy.OtherMacs;
      if (
        sum !== NO_SUM &&
        this.#part[i] === part &&
        this.#sum[i] !== sum &&
        this.#sum[i] !== NO_SUM &&
        Math.abs(v.tsUs - this.#us[i]) <= AGAIN_US
      )
        differs = true;
    }
    const i = this.#at[k] & (RECENT - 1);
    this.#signature[at + i] = sig;
    this.#us[at + i] = v.tsUs;
    this.#mac[at + i] = mac;
    this.#part[at + i] = part;
    this.#sum[at + i] = sum;
    this.#at[k] = i + 1;
    // a checksum that is wrong (offloads) says nothing about the payload
    return differs && transportSumOk(v, v.tcpOff) ? Copy.Differs : Copy.None;
  }
}
