import { IpProto, type PacketView, Stop, TunnelKind } from '../core/index.js';
import { type Cursor, Kind } from './cursor.js';
import type { Fragments } from './fragments.js';
import { enterTunnel, i32, need, stop, u16 } from './layer.js';

/*
 * IPv4 (RFC 791 3.1): version and header length 1, TOS 1, total length 2, id 2, flags and fragment offset 2, TTL 1,
 * protocol 1, checksum 2, source 4, destination 4, options
 */
export function ip4(v: PacketView, c: Cursor, fragments: Fragments): void {
  if (!need(v, c, 20)) return;
  const { buf: b, off: o } = c;
  const header = (b[o] & 15) * 4;
  if (b[o] >> 4 !== 4 || header < 20) return stop(v, c, Stop.Malformed);
  if (v.ipVersion !== 0) enterTunnel(v, c, v.tunnel === 0 ? TunnelKind.IpInIp : v.tunnel, v.tunnelId);
  let total = u16(b, o + 2);
  // 0: a super-frame whose length the NIC would have filled in (TSO); take what is there
  if (total === 0) total = c.wire;
  if (total < header) return stop(v, c, Stop.Malformed);
  v.ipVersion = 4;
  v.ipOff = o;
  v.ipLen = total;
  v.ttl = b[o + 8];
  v.ipProto = b[o + 9];
  v.src0 = v.src1 = v.dst0 = v.dst1 = 0;
  v.src2 = v.dst2 = 0xffff;
  v.src3 = i32(b, o + 12);
  v.dst3 = i32(b, o + 16);
  // what follows the declared length is padding of the link
  if (c.end > o + total) c.end = o + total;
  c.wire = total;
  if (!need(v, c, header)) return;
  if (!headerSumOk(b, o, header)) v.badChecksum = true;
  const frag = u16(b, o + 6);
  c.off = o + header;
  c.wire = total - header;
  if ((frag & 0x3fff) !== 0) {
    v.fragment = true;
    if (c.buf === v.buf) v.outerEnd = c.off - v.off;
    fragments.take4(v, c, u16(b, o + 4), (frag & 0x1fff) * 8, (frag & 0x2000) !== 0);
    if (c.kind === Kind.Done) return;
  }
  c.kind = Kind.Ip + v.ipProto;
}

/** Ones' complement sum of the header (RFC 1071). A zero checksum is one that the NIC was to fill in. */
function headerSumOk(b: Buffer, o: number, length: number): boolean {
  if (b[o + 10] === 0 && b[o + 11] === 0) return true;
  let sum = 0;
  for (let i = o; i < o + length; i += 2) sum += (b[i] << 8) | b[i + 1];
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16) === 0xffff;
}

/** IP in IP (RFC 2003) and 6in4 (RFC 4213): the next IP header enters the tunnel itself. */
export function ipInIp(v: PacketView, c: Cursor): void {
  v.tunnel = v.ipProto === IpProto.Ip6 ? TunnelKind.SixInFour : TunnelKind.IpInIp;
  v.tunnelId = 0;
  c.kind = v.ipProto === IpProto.Ip6 ? 0x86dd : 0x0800;
}
