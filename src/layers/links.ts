import { type PacketView, Stop } from '../core/index.js';
import { type Cursor, Kind } from './cursor.js';
import { llc } from './ethernet.js';
import { advance, macs, need, stop, u16, u24 } from './layer.js';

/* Linux cooked v1 (LINKTYPE_LINUX_SLL 113): packet type 2, ARPHRD 2, address length 2, address 8, protocol 2 */
export function sll(v: PacketView, c: Cursor): void {
  if (!need(v, c, 16)) return;
  const { buf: b, off: o } = c;
  cooked(v, b, o + 6, u16(b, o + 4));
  const type = u16(b, o + 14);
  v.etherType = type;
  advance(c, 16, type);
  if (type === 4) llc(v, c);
}

/* Linux cooked v2 (LINKTYPE_LINUX_SLL2 276): protocol 2, reserved 2, ifindex 4, ARPHRD 2, packet type 1, address length 1, address 8 */
export function sll2(v: PacketView, c: Cursor): void {
  if (!need(v, c, 20)) return;
  const { buf: b, off: o } = c;
  cooked(v, b, o + 12, b[o + 11]);
  const type = u16(b, o);
  v.etherType = type;
  advance(c, 20, type);
  if (type === 4) llc(v, c);
}

/** Cooked captures know the sender's address only. */
function cooked(v: PacketView, b: Buffer, at: number, length: number): void {
  if (length !== 6) return;
  v.srcMacHi = u24(b, at);
  v.srcMacLo = u24(b, at + 3);
  v.hasMac = (v.srcMacHi | v.srcMacLo) !== 0;
}

/** Raw IP (DLT 12, LINKTYPE_RAW 101, IPV4 228, IPV6 229): the version nibble says which. */
export function rawIp(v: PacketView, c: Cursor): void {
  if (!need(v, c, 1)) return;
  const version = c.buf[c.off] >> 4;
  if (version === 4) c.kind = 0x0800;
  else if (version === 6) c.kind = 0x86dd;
  else stop(v, c, Stop.Malformed);
}

/* BSD loopback (DLT_NULL 0, LINKTYPE_LOOP 108): address family 4 in host or network order */
export function loop(v: PacketView, c: Cursor): void {
  if (!need(v, c, 4)) return;
  const b = c.buf;
  const o = c.off;
  const family = b[o] === 0 && b[o + 1] === 0 ? u16(b, o + 2) : b[o] | (b[o + 1] << 8);
  if (family === 2) advance(c, 4, 0x0800);
  // 10 Linux, 24, 28, 30: the BSDs and macOS disagree on AF_INET6
  else if (family === 10 || family === 24 || family === 28 || family === 30) advance(c, 4, 0x86dd);
  else stop(v, c, Stop.NotIp);
}

/* PPP (RFC 1661) with or without HDLC framing FF 03; protocol 2 or compressed 1 */
export function ppp(v: PacketView, c: Cursor): void {
  if (!need(v, c, 2)) return;
  const first = c.buf[c.off];
  const second = c.buf[c.off + 1];
  // Cisco HDLC is recorded under the same link type
  if ((first === 0x0f || first === 0x8f) && second === 0) return chdlc(v, c);
  if (first === 0xff && second === 0x03) advance(c, 2, c.kind);
  pppProtocol(v, c);
}

export function pppProtocol(v: PacketView, c: Cursor): void {
  if (!need(v, c, 1)) return;
  const short = (c.buf[c.off] & 1) === 1;
  if (!short && !need(v, c, 2)) return;
  const protocol = short ? c.buf[c.off] : u16(c.buf, c.off);
  const n = short ? 1 : 2;
  if (protocol === 0x0021) advance(c, n, 0x0800);
  else if (protocol === 0x0057) advance(c, n, 0x86dd);
  else if (protocol === 0x0281) advance(c, n, 0x8847);
  else stop(v, c, Stop.NotIp);
}

/* Cisco HDLC (LINKTYPE_C_HDLC 104): address 1, control 1, protocol 2 (EtherType) */
export function chdlc(v: PacketView, c: Cursor): void {
  if (!need(v, c, 4)) return;
  if (c.buf[c.off] === 0xff && c.buf[c.off + 1] === 0x03) return ppp(v, c);
  advance(c, 4, u16(c.buf, c.off + 2));
}

/* Frame Relay (LINKTYPE_FRELAY 107), RFC 2427: Q.922 address 2, then control 03, NLPID CC (IP), 8E (IPv6), 80 SNAP; or Cisco EtherType */
export function frameRelay(v: PacketView, c: Cursor): void {
  if (!need(v, c, 4)) return;
  const b = c.buf;
  const o = c.off;
  if (b[o + 2] !== 3) return advance(c, 4, u16(b, o + 2));
  const nlpid = b[o + 3];
  if (nlpid === 0xcc) advance(c, 4, 0x0800);
  else if (nlpid === 0x8e) advance(c, 4, 0x86dd);
  else if (nlpid === 0 && need(v, c, 10) && b[o + 4] === 0x80) advance(c, 10, u16(b, o + 8));
  else if (c.kind !== Kind.Done) stop(v, c, Stop.NotIp);
}

/* NFLOG (LINKTYPE_NFLOG 239): family 1, version 1, resource 2, then TLVs: length 2 and type 2 in host order; type 9 is the packet */
export function nflog(v: PacketView, c: Cursor): void {
  if (!need(v, c, 4)) return;
  const family = c.buf[c.off];
  advance(c, 4, c.kind);
  while (c.end - c.off >= 4) {
    const length = c.buf.readUInt16LE(c.off);
    const type = c.buf.readUInt16LE(c.off + 2) & 0x7fff;
    if (length < 4) return stop(v, c, Stop.Malformed);
    if (type === 9) return advance(c, 4, family === 10 ? 0x86dd : 0x0800);
    advance(c, (length + 3) & ~3, c.kind);
  }
  stop(v, c, Stop.Truncated);
}

/* IEEE 802.11 (LINKTYPE 105): control 2, duration 2, addresses 6 × 3 (4), sequence 2, QoS 2, HT 4; LLC */
export function wlan(v: PacketView, c: Cursor): void {
  if (!need(v, c, 24)) return;
  const { buf: b, off: o } = c;
  // some controllers exchange the two bytes inside CAPWAP; told by the protocol version, which is always 0
  const swapped = (b[o] & 3) !== 0 && (b[o + 1] & 0x0f) === 8;
  const control = swapped ? b[o + 1] : b[o];
  const flags = swapped ? b[o] : b[o + 1];
  if ((control & 0x0c) !== 0x08 || (control & 0x40) !== 0) return stop(v, c, Stop.NotIp); // not data, or data without body
  if (flags & 0x40) return stop(v, c, Stop.Unknown); // protected: ciphertext
  const toDs = (flags & 1) !== 0;
  const fromDs = (flags & 2) !== 0;
  const four = toDs && fromDs;
  let header = four ? 30 : 24;
  const qos = (control & 0x80) !== 0;
  const amsdu = qos && o + header < c.end && (b[o + header] & 0x80) !== 0;
  if (qos) header += flags & 0x80 ? 6 : 2;
  if (!need(v, c, header)) return;
  const da = toDs ? o + 16 : o + 4;
  const sa = four ? o + 24 : fromDs ? (toDs ? o + 10 : o + 16) : o + 10;
  v.hasMac = true;
  v.dstMacHi = u24(b, da);
  v.dstMacLo = u24(b, da + 3);
  v.srcMacHi = u24(b, sa);
  v.srcMacLo = u24(b, sa + 3);
  if (b[o + 22] & 0x0f) return stop(v, c, Stop.Fragment); // a later MAC fragment
  advance(c, header, c.kind);
  if (amsdu) {
    // the first subframe (IEEE 802.11-2020 9.3.2.2): DA 6, SA 6, length 2; the others are not looked at
    if (!need(v, c, 14)) return;
    macs(v, b, c.off);
    c.wire = Math.min(c.wire, 14 + u16(b, c.off + 12));
    c.end = Math.min(c.end, c.off + c.wire);
    advance(c, 14, c.kind);
  }
  llc(v, c);
}

/* Radiotap (LINKTYPE 127): version 1, pad 1, length 2 little-endian, present words; then 802.11, maybe padded */
export function radiotap(v: PacketView, c: Cursor): void {
  if (!need(v, c, 8)) return;
  const { buf: b, off: o } = c;
  const length = b[o + 2] | (b[o + 3] << 8);
  if (length < 8) return stop(v, c, Stop.Malformed);
  if (!need(v, c, length)) return;
  // flags follow the TSFT when that is present; bit 0x10 says that a frame check sequence ends the frame
  let at = o + 4;
  let words = 1;
  while (b[at + 3] & 0x80 && words < 8 && at + 8 <= o + length) {
    at += 4;
    words++;
  }
  const present = b[o + 4];
  let field = 4 + 4 * words;
  if (present & 1) field = ((field + 7) & ~7) + 8;
  if (present & 2 && field < length && b[o + field] & 0x10 && c.end - c.off > length + 4) c.end -= 4;
  advance(c, length, c.kind);
  wlan(v, c);
}

/* FDDI (LINKTYPE 10): frame control 1, destination 6, source 6, then LLC */
export function fddi(v: PacketView, c: Cursor): void {
  if (!need(v, c, 13)) return;
  const { buf: b, off: o } = c;
  if ((b[o] & 0x30) !== 0x10) return stop(v, c, Stop.NotIp); // no LLC frame
  macs(v, b, o + 1);
  advance(c, 13, c.kind);
  llc(v, c);
}

/* IP over InfiniBand (LINKTYPE 242): global routing header 40, then RFC 4391: EtherType 2, reserved 2 */
export function ipOverIb(v: PacketView, c: Cursor): void {
  if (!need(v, c, 44)) return;
  v.etherType = u16(c.buf, c.off + 40);
  advance(c, 44, v.etherType);
}
