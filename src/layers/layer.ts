import { type PacketView, Stop } from '../core/index.js';
import { type Cursor, Kind } from './cursor.js';

/**
 * One header. Reads at `c.off`, writes what it learned into the view, moves the cursor and names what comes next; or ends
 * with `stop`. Never throws.
 */
export type Layer = (v: PacketView, c: Cursor) => void;

/** Ends decoding at the cursor: what is known so far counts. */
export function stop(v: PacketView, c: Cursor, why: Stop): void {
  v.stop = why;
  v.stopOff = c.off - v.off;
  c.kind = Kind.Done;
}

/** True when `n` bytes are there; otherwise decoding has ended. */
export function need(v: PacketView, c: Cursor, n: number): boolean {
  if (c.end - c.off >= n) return true;
  stop(v, c, c.wire >= n ? Stop.Truncated : Stop.Malformed);
  return false;
}

/** Moves over `n` bytes. */
export function advance(c: Cursor, n: number, kind: number): void {
  c.off += n;
  c.wire -= n;
  c.kind = kind;
}

export const u16 = (b: Buffer, o: number): number => (b[o] << 8) | b[o + 1];
export const u24 = (b: Buffer, o: number): number => (b[o] << 16) | (b[o + 1] << 8) | b[o + 2];
/** Big-endian 32 bits as int32. */
export const i32 = (b: Buffer, o: number): number => (b[o] << 24) | (b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3];

/** Destination and source MAC, as Ethernet and its relatives write them one after the other from `at`. */
export function macs(v: PacketView, b: Buffer, at: number): void {
  v.hasMac = true;
  v.dstMacHi = u24(b, at);
  v.dstMacLo = u24(b, at + 3);
  v.srcMacHi = u24(b, at + 6);
  v.srcMacLo = u24(b, at + 9);
}

/** A new set of addresses begins inside a tunnel: the outer ones are kept, what hangs on them is cleared. */
export function enterTunnel(v: PacketView, c: Cursor, tunnel: number, id: number): void {
  if (v.ipVersion !== 0 && v.tunnelDepth === 0) {
    v.outerSrc0 = v.src0;
    v.outerSrc1 = v.src1;
    v.outerSrc2 = v.src2;
    v.outerSrc3 = v.src3;
    v.outerDst0 = v.dst0;
    v.outerDst1 = v.dst1;
    v.outerDst2 = v.dst2;
    v.outerDst3 = v.dst3;
  }
  if (v.tunnelDepth === 0 && c.buf === v.buf) v.outerEnd = c.off - v.off;
  v.tunnelDepth++;
  // an outer MAC never names inner addresses; an inner Ethernet header brings its own
  v.hasMac = false;
  v.tunnel = tunnel;
  v.tunnelId = id;
  c.depth++;
}
