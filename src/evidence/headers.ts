import { type PacketView, Stop } from '../core/index.js';

/** Longest run of headers kept of a packet, bytes: two stacks of Ethernet, IPv6 and TCP with options fit. */
export const MAX_HEADER = 256;
/** Octets of an ARP message over Ethernet and IPv4 (RFC 826). */
const ARP = 28;

/**
 * How many bytes from the frame's begin are headers, link to transport, and so may be kept without payload. Where decoding
 * stopped, only what was understood counts; what looked like a tunnel and did not decode to its end is cut before the tunnel,
 * for it may be text that happened to look like one; of a fragment nothing beyond its IP header.
 */
export function headerBytes(v: PacketView): number {
  let n: number;
  if (v.fragment) n = v.outerEnd;
  else if (v.stop === Stop.None) n = v.payOff - v.off;
  else if (v.arpOp !== 0) n = v.stopOff + ARP;
  else if (v.tunnelDepth > 0) n = v.outerEnd;
  else n = v.stopOff;
  if (n < 0) return 0;
  const most = v.capLen < MAX_HEADER ? v.capLen : MAX_HEADER;
  return n < most ? n : most;
}
