import type { PacketView } from './packet-view.js';

/** Ones' complement sum of a 32-bit word's halves. */
const halves = (word: number): number => (word >>> 16) + (word & 0xffff);

/**
 * Whether the checksum of a TCP segment or UDP datagram is right (RFC 9293 3.1, RFC 768, RFC 8200 8.1): over the pseudo header, its own
 * header at `from` in the payload's buffer, and the payload. Needs the whole of it.
 */
export function transportSumOk(v: PacketView, from: number): boolean {
  const b = v.payBuf;
  const end = v.payOff + v.payLen;
  let sum = v.ipProto + end - from + halves(v.src3) + halves(v.dst3);
  if (v.ipVersion === 6)
    sum += halves(v.src0) + halves(v.src1) + halves(v.src2) + halves(v.dst0) + halves(v.dst1) + halves(v.dst2);
  const even = end - ((end - from) & 1);
  for (let i = from; i < even; i += 2) sum += (b[i] << 8) | b[i + 1];
  if (even < end) sum += b[even] << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum === 0xffff;
}
