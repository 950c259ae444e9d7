import { type PacketView, Stop, TunnelKind } from '../core/index.js';
import { type Cursor, Kind } from './cursor.js';
import type { Fragments } from './fragments.js';
import { advance, enterTunnel, i32, need, stop, u16 } from './layer.js';

/** Extension headers walked before a packet is held to be an attack on parsers. */
const MAX_EXTENSIONS = 16;

/*
 * IPv6 (RFC 8200 3): version 4 bits, class 8, flow label 20, payload length 2, next header 1, hop limit 1, source 16,
 * destination 16; then extension headers: 0 hop-by-hop, 43 routing, 44 fragment, 51 AH, 60 destination, 135 mobility
 */
export function ip6(v: PacketView, c: Cursor, fragments: Fragments): void {
  if (!need(v, c, 40)) return;
  const { buf: b, off: o } = c;
  if (b[o] >> 4 !== 6) return stop(v, c, Stop.Malformed);
  if (v.ipVersion !== 0) enterTunnel(v, c, v.tunnel === 0 ? TunnelKind.IpInIp : v.tunnel, v.tunnelId);
  const payload = u16(b, o + 4);
  v.ipVersion = 6;
  v.ipOff = o;
  v.ttl = b[o + 7];
  v.src0 = i32(b, o + 8);
  v.src1 = i32(b, o + 12);
  v.src2 = i32(b, o + 16);
  v.src3 = i32(b, o + 20);
  v.dst0 = i32(b, o + 24);
  v.dst1 = i32(b, o + 28);
  v.dst2 = i32(b, o + 32);
  v.dst3 = i32(b, o + 36);
  // 0: a jumbogram or a super-frame; take what is there
  const total = payload === 0 ? c.wire : payload + 40;
  v.ipLen = total;
  if (c.end > o + total) c.end = o + total;
  c.wire = total;
  let next = b[o + 6];
  advance(c, 40, 0);
  for (let i = 0; ; i++) {
    v.ipProto = next;
    if (i > MAX_EXTENSIONS) return stop(v, c, Stop.Depth);
    if (next === 0 || next === 43 || next === 60 || next === 135) {
      if (!need(v, c, 8)) return;
      const length = 8 + c.buf[c.off + 1] * 8;
      if (!need(v, c, length)) return;
      next = c.buf[c.off];
      advance(c, length, 0);
    } else if (next === 51) {
      if (!need(v, c, 8)) return;
      const length = (c.buf[c.off + 1] + 2) * 4;
      if (!need(v, c, length)) return;
      next = c.buf[c.off];
      advance(c, length, 0);
    } else if (next === 44) {
      if (!need(v, c, 8)) return;
      const f = u16(c.buf, c.off + 2);
      const id = i32(c.buf, c.off + 4);
      next = c.buf[c.off];
      v.ipProto = next;
      advance(c, 8, 0);
      if ((f & 0xfff9) === 0) continue; // an atomic fragment (RFC 6946)
      v.fragment = true;
      if (c.buf === v.buf) v.outerEnd = c.off - v.off;
      fragments.take6(v, c, id, f & 0xfff8, (f & 1) !== 0);
      if (c.kind === Kind.Done) return;
    } else break;
  }
  // no next header: what follows is no payload of anybody's (RFC 8200 4.7)
  if (next === 59) v.payOff = c.off;
  c.kind = next === 59 ? Kind.Done : Kind.Ip + next;
}
