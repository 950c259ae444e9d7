import { type PacketView, Stop } from '../core/index.js';
import { type Cursor, Kind } from './cursor.js';
import { advance, macs, need, stop, u16 } from './layer.js';

/*
 * Ethernet II: destination 6, source 6, EtherType 2 (≥ 0x0600)
 * IEEE 802.3:  destination 6, source 6, length 2 (≤ 1500), then LLC: DSAP 1, SSAP 1, control 1; SNAP (AA AA 03): OUI 3, type 2
 */
export function ethernet(v: PacketView, c: Cursor): void {
  if (!need(v, c, 14)) return;
  const { buf: b, off: o } = c;
  macs(v, b, o);
  const type = u16(b, o + 12);
  advance(c, 14, type);
  v.etherType = type;
  if (type < 0x0600) llc(v, c);
}

/** LLC and SNAP (IEEE 802.2). */
export function llc(v: PacketView, c: Cursor): void {
  if (!need(v, c, 3)) return;
  const { buf: b, off: o } = c;
  if (b[o] === 0xaa && b[o + 1] === 0xaa && b[o + 2] === 3) {
    if (!need(v, c, 8)) return;
    const type = u16(b, o + 6);
    v.etherType = type;
    advance(c, 8, type);
  } else if (b[o] === 0x06 && b[o + 1] === 0x06) {
    advance(c, 3, 0x0800); // IP directly in LLC
  } else stop(v, c, Stop.NotIp); // spanning tree, NetBIOS, IS-IS …
}

/* 802.1Q / 802.1ad tag: priority 3 bits, DEI 1, VLAN id 12; EtherType 2 */
export function vlan(v: PacketView, c: Cursor): void {
  if (!need(v, c, 4)) return;
  const id = u16(c.buf, c.off) & 0x0fff;
  if (v.vlan < 0) v.vlan = id;
  else if (v.vlan2 < 0) v.vlan2 = id;
  const type = u16(c.buf, c.off + 2);
  advance(c, 4, type);
  v.etherType = type;
  c.depth++;
  if (type < 0x0600) llc(v, c);
}

/* 802.1ah I-TAG: flags and I-SID 4, then a customer Ethernet frame */
export function pbb(v: PacketView, c: Cursor): void {
  if (!need(v, c, 4)) return;
  c.depth++;
  advance(c, 4, Kind.Link + 1);
}

/* VNTAG (802.1BR precursor, EtherType 8926): 4 bytes, EtherType 2 */
export function vntag(v: PacketView, c: Cursor): void {
  if (!need(v, c, 6)) return;
  c.depth++;
  advance(c, 6, u16(c.buf, c.off + 4));
}

/* E-TAG (802.1BR, EtherType 893F): 6 bytes, EtherType 2 */
export function etag(v: PacketView, c: Cursor): void {
  if (!need(v, c, 8)) return;
  c.depth++;
  advance(c, 8, u16(c.buf, c.off + 6));
}

/* Cisco FabricPath (8903) and TRILL (22F3) carry an inner Ethernet frame */
export function fabricPath(v: PacketView, c: Cursor): void {
  if (!need(v, c, 2)) return;
  c.depth++;
  advance(c, 2, Kind.Link + 1);
}

/* TRILL (RFC 6325 section 3): flags and option length 2, egress 2, ingress 2, options, Ethernet */
export function trill(v: PacketView, c: Cursor): void {
  if (!need(v, c, 6)) return;
  const options = ((u16(c.buf, c.off) >> 6) & 31) * 4;
  if (!need(v, c, 6 + options)) return;
  c.depth++;
  advance(c, 6 + options, Kind.Link + 1);
}
