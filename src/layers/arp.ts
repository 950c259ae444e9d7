import { type PacketView, Stop } from '../core/index.js';
import type { Cursor } from './cursor.js';
import { i32, need, stop, u16, u24 } from './layer.js';

/* ARP (RFC 826): hardware 2, protocol 2, sizes 1 + 1, operation 2, sender MAC 6, sender IP 4, target MAC 6, target IP 4 */
export function arp(v: PacketView, c: Cursor): void {
  if (!need(v, c, 28)) return;
  const { buf: b, off: o } = c;
  if (u16(b, o) !== 1 || u16(b, o + 2) !== 0x0800 || b[o + 4] !== 6 || b[o + 5] !== 4) return stop(v, c, Stop.Unknown);
  // inside a tunnel the outer addresses are not those of this packet
  v.ipVersion = 0;
  v.arpOp = u16(b, o + 6);
  v.arpShaHi = u24(b, o + 8);
  v.arpShaLo = u24(b, o + 11);
  v.arpSpa = i32(b, o + 14);
  v.arpTpa = i32(b, o + 24);
  stop(v, c, Stop.NotIp);
}
