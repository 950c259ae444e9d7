import { type PacketSink, type PacketView, TsSource } from '../core/index.js';

/**
 * Hands the records of one live batch to the sink. A record is a nanosecond pcap record in little-endian order
 * (pcap-savefile(5)): seconds, nanoseconds, captured length, wire length, bytes.
 * @returns octets on the wire
 */
export function deliverBatch(
  view: PacketView,
  buf: Buffer,
  bytes: number,
  sink: PacketSink,
): { packets: number; octets: number } {
  let at = 0;
  let packets = 0;
  let octets = 0;
  view.tsSource = TsSource.Kernel;
  while (at < bytes) {
    const capLen = buf.readUInt32LE(at + 8);
    const wireLen = buf.readUInt32LE(at + 12);
    view.buf = buf;
    view.tsUs = buf.readUInt32LE(at) * 1e6 + buf.readUInt32LE(at + 4) / 1000;
    view.off = at + 16;
    view.end = at + 16 + capLen;
    view.capLen = capLen;
    view.wireLen = wireLen;
    at += 16 + capLen;
    packets++;
    octets += wireLen;
    sink.packet(view);
  }
  return { packets, octets };
}
