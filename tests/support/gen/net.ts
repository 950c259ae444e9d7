import type { PcapWriter } from './writer.js';

/** A host of the generated hospital. */
export interface Host {
  readonly mac: Buffer;
  /** IPv4 address as a 32-bit number. */
  readonly ip: number;
  /** MAC of its router, for hosts outside the segment. */
  readonly via?: Buffer;
  nextPort: number;
  nextId: number;
}

export const BROADCAST = Buffer.from('ffffffffffff', 'hex');
export const Tcp = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;
const ETHERNET = 14;
const IP = 20;
const UDP = 8;
const EMPTY = Buffer.alloc(0);

/** RFC 1071 sum (not folded) of `b[from … to)`. */
function sum16(b: Buffer, from: number, to: number): number {
  let s = 0;
  const even = to - ((to - from) & 1);
  for (let i = from; i < even; i += 2) s += (b[i] << 8) | b[i + 1];
  return even < to ? s + (b[even] << 8) : s;
}

function fold(s: number): number {
  while (s > 0xffff) s = (s & 0xffff) + Math.floor(s / 65536);
  return ~s & 0xffff;
}

/** Builds frames into the writer at event time `nowUs`; every checksum is right. */
export class Net {
  /** Event time, µs since 1970. Set by the schedule. */
  nowUs = 0;
  /** Frames shorter than this are padded with zeros (64 for the small-frame mix). */
  minFrame = 0;
  readonly #w: PcapWriter;

  constructor(writer: PcapWriter) {
    this.#w = writer;
  }

  #ethernet(src: Host, dstMac: Buffer, type: number): number {
    const b = this.#w.buf;
    const at = this.#w.begin();
    dstMac.copy(b, at);
    src.mac.copy(b, at + 6);
    b.writeUInt16BE(type, at + 12);
    return at;
  }

  #finish(at: number, end: number): void {
    const b = this.#w.buf;
    while (end - at < this.minFrame) b[end++] = 0;
    this.#w.end(this.nowUs, end - at);
  }

  #ip(src: Host, dstIp: number, dstMac: Buffer, proto: number, payload: number): number {
    const b = this.#w.buf;
    const at = this.#ethernet(src, src.via ?? dstMac, 0x0800);
    if (src.via !== undefined) {
      // from outside: the router's MAC is the source on this segment
      dstMac.copy(b, at);
      src.via.copy(b, at + 6);
    }
    const ip = at + ETHERNET;
    b[ip] = 0x45;
    b[ip + 1] = 0;
    b.writeUInt16BE(IP + payload, ip + 2);
    b.writeUInt16BE(src.nextId++ & 0xffff, ip + 4);
    b.writeUInt16BE(0x4000, ip + 6);
    b[ip + 8] = src.via === undefined ? 64 : 57;
    b[ip + 9] = proto;
    b.writeUInt16BE(0, ip + 10);
    b.writeUInt32BE(src.ip, ip + 12);
    b.writeUInt32BE(dstIp, ip + 16);
    b.writeUInt16BE(fold(sum16(b, ip, ip + IP)), ip + 10);
    return ip;
  }

  /** Sum of the pseudo header (RFC 9293 3.1) and the transport part at `at`. */
  #transportSum(ip: number, proto: number, at: number, end: number): number {
    const b = this.#w.buf;
    return fold(sum16(b, ip + 12, ip + 20) + proto + (end - at) + sum16(b, at, end));
  }

  /** One UDP datagram of `data[from … to)`. */
  udp(
    src: Host,
    sport: number,
    dstIp: number,
    dstMac: Buffer,
    dport: number,
    data: Buffer,
    from = 0,
    to = data.length,
  ): void {
    const b = this.#w.buf;
    const ip = this.#ip(src, dstIp, dstMac, 17, UDP + to - from);
    const at = ip + IP;
    b.writeUInt16BE(sport, at);
    b.writeUInt16BE(dport, at + 2);
    b.writeUInt16BE(UDP + to - from, at + 4);
    b.writeUInt16BE(0, at + 6);
    data.copy(b, at + UDP, from, to);
    const end = at + UDP + to - from;
    b.writeUInt16BE(this.#transportSum(ip, 17, at, end) || 0xffff, at + 6);
    this.#finish(ip - ETHERNET, end);
  }

  /** One TCP segment; `options` is padded to 4 by the caller. */
  tcp(
    src: Host,
    sport: number,
    dst: Host,
    dport: number,
    seq: number,
    ack: number,
    flags: number,
    options: Buffer,
    data: Buffer = EMPTY,
    from = 0,
    to = data.length,
  ): void {
    const b = this.#w.buf;
    const head = 20 + options.length;
    const ip = this.#ip(src, dst.ip, dst.via ?? dst.mac, 6, head + to - from);
    const at = ip + IP;
    b.writeUInt16BE(sport, at);
    b.writeUInt16BE(dport, at + 2);
    b.writeUInt32BE(seq >>> 0, at + 4);
    b.writeUInt32BE(ack >>> 0, at + 8);
    b[at + 12] = (head >> 2) << 4;
    b[at + 13] = flags;
    b.writeUInt16BE(0xfaf0, at + 14);
    b.writeUInt32BE(0, at + 16);
    options.copy(b, at + 20);
    data.copy(b, at + head, from, to);
    const end = at + head + to - from;
    b.writeUInt16BE(this.#transportSum(ip, 6, at, end), at + 16);
    this.#finish(ip - ETHERNET, end);
  }

  /** ARP for IPv4 over Ethernet (RFC 826): who-has when `reply` is false. */
  arp(src: Host, dst: Host, reply: boolean): void {
    const b = this.#w.buf;
    const at = this.#ethernet(src, reply ? dst.mac : BROADCAST, 0x0806);
    let p = b.writeUInt32BE(0x00010800, at + ETHERNET);
    p = b.writeUInt16BE(0x0604, p);
    p = b.writeUInt16BE(reply ? 2 : 1, p);
    p += src.mac.copy(b, p);
    p = b.writeUInt32BE(src.ip, p);
    if (reply) p += dst.mac.copy(b, p);
    else p = b.fill(0, p, p + 6) && p + 6;
    p = b.writeUInt32BE(dst.ip, p);
    b.fill(0, p, p + 18);
    this.#finish(at, p + 18);
  }
}
