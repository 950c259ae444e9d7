import { type PacketView, Stop, TunnelKind } from '../core/index.js';
import { type Cursor, Kind } from './cursor.js';
import { advance, enterTunnel, i32, need, stop, u16, u24 } from './layer.js';

/** The payload of the packet begins at the cursor. */
function payload(v: PacketView, c: Cursor): void {
  v.payBuf = c.buf;
  v.payOff = c.off;
  v.payLen = c.end > c.off ? Math.min(c.end - c.off, Math.max(0, c.wire)) : 0;
  v.payWireLen = Math.max(v.payLen, c.wire);
  c.kind = Kind.Done;
}

/* TCP (RFC 9293 3.1): ports 2 + 2, sequence 4, acknowledgement 4, data offset 4 bits, flags 8, window 2, checksum 2, urgent 2, options */
export function tcp(v: PacketView, c: Cursor): void {
  if (!need(v, c, 20)) {
    ports(v, c);
    return;
  }
  const { buf: b, off: o } = c;
  v.srcPort = u16(b, o);
  v.dstPort = u16(b, o + 2);
  v.tcpSeq = i32(b, o + 4);
  v.tcpAck = i32(b, o + 8);
  v.tcpFlags = b[o + 13];
  v.tcpWindow = u16(b, o + 14);
  const header = (b[o + 12] >> 4) * 4;
  if (header < 20 || header > c.wire) return stop(v, c, Stop.Malformed);
  if (c.end - o < header) {
    // snapped inside the options: the payload is known to exist and missing whole
    c.wire -= header;
    c.off = c.end;
    payload(v, c);
    v.stop = Stop.Truncated;
    v.stopOff = c.end - v.off;
    return;
  }
  v.tcpOff = o;
  advance(c, header, 0);
  payload(v, c);
}

/* UDP (RFC 768): ports 2 + 2, length 2, checksum 2 */
export function udp(v: PacketView, c: Cursor): void {
  if (!need(v, c, 8)) {
    ports(v, c);
    return;
  }
  const { buf: b, off: o } = c;
  v.srcPort = u16(b, o);
  v.dstPort = u16(b, o + 2);
  const length = u16(b, o + 4);
  if (length >= 8 && length < c.wire) {
    c.wire = length;
    if (c.end > o + length) c.end = o + length;
  }
  advance(c, 8, 0);
  payload(v, c);
  const port = v.dstPort;
  const reply = v.srcPort;
  // tunnels are told by their registered port on either side; what does not look like one stays a datagram
  if (port === 4789 || port === 8472) vxlan(v, c);
  else if (port === 6081) geneve(v, c);
  else if (port === 2152 || reply === 2152) gtpU(v, c);
  else if (port === 1701 || reply === 1701) l2tp(v, c);
  else if (port === 5247 || reply === 5247) capwap(v, c);
  else if (port === 4754) greInUdp(c);
}

/** The first four bytes of TCP and UDP are the ports, even of a header cut short. */
function ports(v: PacketView, c: Cursor): void {
  if (c.end - c.off < 4) return;
  v.srcPort = u16(c.buf, c.off);
  v.dstPort = u16(c.buf, c.off + 2);
}

/* SCTP (RFC 9260 3.1): ports 2 + 2, tag 4, checksum 4 */
export function sctp(v: PacketView, c: Cursor): void {
  if (!need(v, c, 12)) return ports(v, c);
  ports(v, c);
  advance(c, 12, 0);
  payload(v, c);
}

/* ICMP (RFC 792), ICMPv6 (RFC 4443): type 1, code 1, checksum 2, rest 4 */
export function icmp(v: PacketView, c: Cursor): void {
  if (!need(v, c, 2)) return;
  v.srcPort = c.buf[c.off];
  v.dstPort = c.buf[c.off + 1];
  if (c.end - c.off < 8) return payload(v, c);
  advance(c, 8, 0);
  payload(v, c);
}

/** Any other IP protocol: counted with what it carries. */
export function otherIp(v: PacketView, c: Cursor): void {
  payload(v, c);
}

/* VXLAN (RFC 7348 5): flags 1 (I bit 08), reserved 3, VNI 3, reserved 1, Ethernet */
function vxlan(v: PacketView, c: Cursor): void {
  if (c.end - c.off < 8 + 14 || (c.buf[c.off] & 0x08) === 0) return;
  enterTunnel(v, c, TunnelKind.Vxlan, u24(c.buf, c.off + 4));
  advance(c, 8, Kind.Link + 1);
}

/* GENEVE (RFC 8926 3.4): version 2 bits, option length 6, flags 1, protocol 2, VNI 3, reserved 1, options */
function geneve(v: PacketView, c: Cursor): void {
  if (c.end - c.off < 8 || c.buf[c.off] >> 6 !== 0) return;
  const options = (c.buf[c.off] & 63) * 4;
  if (c.end - c.off < 8 + options) return;
  const type = u16(c.buf, c.off + 2);
  enterTunnel(v, c, TunnelKind.Geneve, u24(c.buf, c.off + 4));
  advance(c, 8 + options, type === 0x6558 ? Kind.Link + 1 : type);
}

/* GTP-U (3GPP TS 29.281 5.1): flags 1 (version 1, PT 1), type 1 (FF G-PDU), length 2, TEID 4, [sequence 2, N-PDU 1, next 1], extensions */
function gtpU(v: PacketView, c: Cursor): void {
  const { buf: b, off: o } = c;
  if (c.end - o < 8 || (b[o] & 0xf0) !== 0x30 || b[o + 1] !== 0xff) return;
  let header = 8;
  if (b[o] & 7) {
    header = 12;
    let next = c.end - o >= 12 ? b[o + 11] : 0;
    while (next !== 0 && (b[o] & 4) !== 0 && o + header < c.end) {
      const n = b[o + header] * 4;
      if (n === 0 || o + header + n > c.end) return;
      next = b[o + header + n - 1];
      header += n;
    }
  }
  if (c.end - o <= header) return;
  const version = b[o + header] >> 4;
  if (version !== 4 && version !== 6) return;
  enterTunnel(v, c, TunnelKind.GtpU, i32(b, o + 4) >>> 0);
  advance(c, header, version === 4 ? 0x0800 : 0x86dd);
}

/* L2TPv2 (RFC 2661 3.1): flags and version 2, [length 2], tunnel 2, session 2, [Ns 2, Nr 2], [offset 2]; data carries PPP */
function l2tp(v: PacketView, c: Cursor): void {
  const { buf: b, off: o } = c;
  if (c.end - o < 6) return;
  const flags = u16(b, o);
  if ((flags & 0x000f) !== 2 || (flags & 0x8000) !== 0) return; // not version 2, or control
  let at = 2 + (flags & 0x4000 ? 2 : 0);
  if (c.end - o < at + 4) return;
  const id = (u16(b, o + at) << 16) | u16(b, o + at + 2);
  at += 4 + (flags & 0x0800 ? 4 : 0);
  if (flags & 0x0200) {
    if (c.end - o < at + 2) return;
    at += 2 + u16(b, o + at);
  }
  if (c.end - o < at + 2) return;
  enterTunnel(v, c, TunnelKind.L2tp, id >>> 0);
  advance(c, at, Kind.Link + 9);
}

/* CAPWAP data (RFC 5415 4.3): preamble 1, header length 5 bits, RID 5, WBID 5 (1 = 802.11), flags T F L W M K; T: native 802.11 */
function capwap(v: PacketView, c: Cursor): void {
  const { buf: b, off: o } = c;
  if (c.end - o < 8 || b[o] !== 0) return;
  const header = (b[o + 1] >> 3) * 4;
  const flags = u16(b, o + 2);
  if (header < 8 || c.end - o < header + 14 || (flags & 0x0088) !== 0) return; // fragments and keep-alives stay datagrams
  const native = (b[o + 2] & 0x01) !== 0;
  enterTunnel(v, c, TunnelKind.Capwap, 0);
  advance(c, header, Kind.Link + (native ? 105 : 1));
}

/* GRE in UDP (RFC 8086 3): a GRE header of version 0 follows */
function greInUdp(c: Cursor): void {
  if (c.end - c.off >= 4 && (u16(c.buf, c.off) & 0x4fff) === 0) advance(c, 0, Kind.Ip + 47);
}
