import type { PacketView } from '../../src/core/index.js';

/** A segment of the one connection 10.0.0.1:40000 to 10.0.0.2:104, as decoded. */
export interface SeenSegment {
  readonly tsUs: number;
  readonly dir: 0 | 1;
  /** IP id: of two packets with the same one is a span copy. */
  readonly id: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly data: Uint8Array;
  /** Octets on the wire; more than there are when the capture was snapped. */
  readonly wire: number;
}

/** Makes the view one of this segment, behind 60 octets of headers that nobody reads but for the IP id. */
export function showSegment(v: PacketView, s: SeenSegment): void {
  const frame = Buffer.concat([Buffer.alloc(60), s.data]);
  frame.writeUInt16BE(s.id & 0xffff, 4);
  v.buf = frame;
  v.off = 0;
  v.end = frame.length;
  v.reset();
  v.tsUs = s.tsUs;
  v.ipVersion = 4;
  v.ipProto = 6;
  v.ipLen = 40 + s.wire;
  v.src2 = v.dst2 = 0xffff;
  v.src3 = 0x0a000001 + s.dir;
  v.dst3 = 0x0a000002 - s.dir;
  v.srcPort = s.dir === 0 ? 40_000 : 104;
  v.dstPort = s.dir === 0 ? 104 : 40_000;
  v.tcpFlags = s.flags;
  v.tcpSeq = s.seq | 0;
  v.tcpAck = s.ack | 0;
  v.payBuf = frame;
  v.payOff = 60;
  v.payLen = s.data.length;
  v.payWireLen = s.wire;
}
