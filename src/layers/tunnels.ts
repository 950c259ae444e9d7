import { type PacketView, Stop, TunnelKind } from '../core/index.js';
import { type Cursor, Kind } from './cursor.js';
import { advance, enterTunnel, i32, need, stop, u16, u24 } from './layer.js';
import { pppProtocol } from './links.js';

/* MPLS (RFC 3032 2.1): label 20 bits, class 3, bottom 1, TTL 8; below: IP by its version nibble, or Ethernet (pseudowire) */
export function mpls(v: PacketView, c: Cursor): void {
  v.tunnel = TunnelKind.Mpls;
  for (let i = 0; i < 16; i++) {
    if (!need(v, c, 4)) return;
    const label = i32(c.buf, c.off);
    v.tunnelId = label >>> 12;
    advance(c, 4, 0);
    if ((label & 0x100) === 0) continue;
    c.depth++;
    if (!need(v, c, 1)) return;
    const nibble = c.buf[c.off] >> 4;
    if (nibble === 4) c.kind = 0x0800;
    else if (nibble === 6) c.kind = 0x86dd;
    // a control word (RFC 4385) begins with zero; without one the pseudowire's Ethernet header follows at once
    else if (nibble === 0 && c.end - c.off >= 18 && u16(c.buf, c.off) === 0) advance(c, 4, Kind.Link + 1);
    else c.kind = Kind.Link + 1;
    return;
  }
  stop(v, c, Stop.Depth);
}

/* PPPoE session (RFC 2516 4): version and type 1, code 1, session 2, length 2, PPP protocol */
export function pppoe(v: PacketView, c: Cursor): void {
  if (!need(v, c, 6)) return;
  if (c.buf[c.off] !== 0x11 || c.buf[c.off + 1] !== 0) return stop(v, c, Stop.NotIp);
  v.tunnel = TunnelKind.Pppoe;
  v.tunnelId = u16(c.buf, c.off + 2);
  const length = u16(c.buf, c.off + 4);
  advance(c, 6, 0);
  if (length < c.wire) {
    c.wire = length;
    c.end = Math.min(c.end, c.off + length);
  }
  c.depth++;
  pppProtocol(v, c);
}

/*
 * GRE (RFC 2784, 2890): flags C 8000, R 4000, K 2000, S 1000, version 3 bits; protocol 2; [checksum 2, offset 2], [key 4],
 * [sequence 4]. Version 1 is PPTP (RFC 2637): key always, acknowledgement 0080.
 * Access points of Aruba put 802.11 frames into types 8200 to 82FF and 9000.
 * NVGRE (RFC 7637): key = VSID 24 and flow id 8, protocol 6558. ERSPAN: protocol 88BE (I without sequence, II), 22EB (III).
 */
export function gre(v: PacketView, c: Cursor): void {
  if (!need(v, c, 4)) return;
  const { buf: b, off: o } = c;
  const flags = u16(b, o);
  const type = u16(b, o + 2);
  let n = 4;
  if (flags & 0xc000) n += 4;
  const keyAt = n;
  if (flags & 0x2000) n += 4;
  const sequence = (flags & 0x1000) !== 0;
  if (sequence) n += 4;
  if ((flags & 7) === 1 && flags & 0x80) n += 4;
  if (!need(v, c, n)) return;
  const key = flags & 0x2000 ? i32(b, o + keyAt) : 0;
  if (type === 0x88be || type === 0x22eb) {
    advance(c, n, 0);
    return erspan(v, c, type === 0x22eb ? 3 : sequence ? 2 : 1);
  }
  const nvgre = type === 0x6558 && (flags & 0x2000) !== 0;
  enterTunnel(v, c, nvgre ? TunnelKind.Nvgre : TunnelKind.Gre, nvgre ? key >>> 8 : key >>> 0);
  const wireless = (type >= 0x8200 && type <= 0x82ff) || type === 0x9000;
  advance(c, n, type === 0x6558 ? Kind.Link + 1 : type === 0x880b ? Kind.Link + 9 : wireless ? Kind.Link + 105 : type);
}

/* ERSPAN II: version and VLAN 2, session 10 bits of 2, index 4; ERSPAN III: 12 bytes, and 8 more when the O bit is set */
function erspan(v: PacketView, c: Cursor, version: number): void {
  let n = version === 1 ? 0 : version === 2 ? 8 : 12;
  if (!need(v, c, n)) return;
  if (version === 3 && (c.buf[c.off + 11] & 1) !== 0) n += 8;
  if (!need(v, c, n)) return;
  const session = version === 1 ? 0 : u16(c.buf, c.off + 2) & 0x03ff;
  enterTunnel(v, c, TunnelKind.Erspan, session);
  advance(c, n, Kind.Link + 1);
}

/* Authentication header over IPv4 (RFC 4302 2): next 1, length 1 (in words, minus 2) */
export function ah(v: PacketView, c: Cursor): void {
  if (!need(v, c, 12)) return;
  const n = (c.buf[c.off + 1] + 2) * 4;
  const next = c.buf[c.off];
  if (!need(v, c, n)) return;
  v.ipProto = next;
  advance(c, n, Kind.Ip + next);
}

/* L2TPv3 over IP (RFC 3931 4.1.1): session 4, then (without cookies) an Ethernet frame; told apart only by plausibility */
export function l2tpv3(v: PacketView, c: Cursor): void {
  if (!need(v, c, 4)) return;
  const id = i32(c.buf, c.off) >>> 0;
  if (id === 0) return stop(v, c, Stop.NotIp);
  enterTunnel(v, c, TunnelKind.L2tp, id);
  advance(c, 4, Kind.Link + 1);
}

/* EtherIP (RFC 3378): version 3 in 4 bits, reserved 12 bits, Ethernet */
export function etherIp(v: PacketView, c: Cursor): void {
  if (!need(v, c, 2)) return;
  if (c.buf[c.off] >> 4 !== 3) return stop(v, c, Stop.Unknown);
  enterTunnel(v, c, TunnelKind.Gre, u24(c.buf, c.off) & 0);
  advance(c, 2, Kind.Link + 1);
}
