import type { Random } from '../../../src/core/index.js';
import { ethernet, hex, ip4, ip6, udp } from '../frames.js';
import { pick } from '../mutate.js';

const u16 = (n: number): Buffer => Buffer.of((n >> 8) & 255, n & 255);
const ppp = (type: number): string => (type === 0x86dd ? '0057' : '0021');
/** A header of 802.11 (data to the distribution system) before LLC and SNAP. */
const wlan = (type: number, ip: Buffer): Buffer =>
  Buffer.concat([hex('08010000 020000000001 020000000002 020000000003 0000 aaaa03000000'), u16(type), ip]);

/** An Ethernet frame with IP inside `times` encapsulations, one within the other. */
export function inside(rng: Random, frame: Buffer, times: number): Buffer {
  let f = frame;
  for (let n = times; n > 0 && f.length < 60_000; n--) {
    const type = f.length > 14 ? f.readUInt16BE(12) : 0;
    const ip = f.subarray(14);
    const outer = (proto: number, body: Buffer): Buffer =>
      ethernet(0x0800, ip4(proto, body, { src: '10.9.0.1', dst: '10.9.0.2' }));
    const tunnel = (port: number, ...head: Buffer[]): Buffer => outer(17, udp(5000, port, Buffer.concat(head)));
    f = pick(rng, [
      () => ethernet(0x8100, Buffer.concat([u16(rng.int(4096)), u16(type), ip])),
      () => ethernet(0x88a8, Buffer.concat([u16(rng.int(4096)), u16(type), ip])),
      () => ethernet(0x8847, Buffer.concat([hex('00064040'), hex('000c8140'), ip])),
      () => ethernet(0x8847, Buffer.concat([hex('000c8140'), hex('00000000'), f])),
      () => ethernet(0x8864, Buffer.concat([hex('11000001'), u16(ip.length + 2), hex(ppp(type)), ip])),
      () => ethernet(0x88e7, Buffer.concat([hex('00000001'), f])),
      () => ethernet(0x8926, Buffer.concat([hex('00000001'), u16(type), ip])),
      () => ethernet(0x893f, Buffer.concat([hex('000000010000'), u16(type), ip])),
      () => ethernet(0x8903, Buffer.concat([hex('0001'), f])),
      () => ethernet(0x22f3, Buffer.concat([hex('000000010002'), f])),
      () => ethernet(0x880b, Buffer.concat([hex(`ff03${ppp(type)}`), ip])),
      () => outer(type === 0x86dd ? 41 : 4, ip),
      () => outer(47, Buffer.concat([hex('0000'), u16(type), ip])),
      () => outer(47, Buffer.concat([hex('20006558 00000100'), f])),
      () => outer(47, Buffer.concat([hex('100088be 00000001 1001 0001 00000000'), f])),
      () => outer(47, Buffer.concat([hex('000088be'), f])),
      () => outer(47, Buffer.concat([hex('100022eb 00000001 2001 0001 00000000 00000001 0000000000000000'), f])),
      () =>
        outer(
          47,
          Buffer.concat([hex('3081880b'), u16(ip.length), hex('0001 00000001 00000001'), hex(`ff03${ppp(type)}`), ip]),
        ),
      () => outer(47, Buffer.concat([hex('00008200'), wlan(type, ip)])),
      () => outer(51, Buffer.concat([hex('0404 0000 00000001 00000001'), Buffer.alloc(12), ip])),
      () => outer(97, Buffer.concat([hex('3000'), f])),
      () => outer(115, Buffer.concat([hex('00000007'), f])),
      () => tunnel(4789, hex('0800000000000100'), f),
      () => tunnel(6081, hex('0100655800000100 0000000000'.replace(/ .*/, '')), hex('00000000'), f),
      () => tunnel(2152, hex('30ff'), u16(ip.length), hex('00000001'), ip),
      () => tunnel(2152, hex('34ff'), u16(ip.length + 8), hex('00000001 00000085 01000000'), ip),
      () => tunnel(1701, hex('4002'), u16(ip.length + 12), hex('00010002'), hex(`ff03${ppp(type)}`), ip),
      () => tunnel(1701, hex('0a02 00010002 00000001 0000'), hex(`ff03${ppp(type)}`), ip),
      () => tunnel(5247, hex('00100200 00000000'.replace(/ /g, '')), f),
      () => tunnel(5247, hex('0010030000000000'), wlan(type, ip)),
      () => tunnel(4754, hex('00000800'), ip),
      () => ethernet(0x86dd, ip6(type === 0x86dd ? 41 : 4, ip)),
      () =>
        ethernet(
          0x86dd,
          ip6(
            0,
            Buffer.concat([
              Buffer.of(60, 0, 1, 4, 0, 0, 0, 0),
              Buffer.of(43, 0, 1, 4, 0, 0, 0, 0),
              Buffer.of(type === 0x86dd ? 41 : 4, 0, 0, 0, 0, 0, 0, 0),
              ip,
            ]),
          ),
        ),
    ])();
  }
  return f;
}

/** A datagram in pieces, IPv4 or IPv6: in any order, doubled, overlapping, with holes, with another end, for ever. */
export function fragments(rng: Random, port: number, content: Buffer): Buffer[] {
  const whole = udp(4000 + rng.int(4), port, content);
  const id = rng.int(6);
  const size = pick(rng, [8, 16, 64, 512, 1448]);
  const six = rng.int(3) === 0;
  const piece = (at: number, bytes: Buffer, more: boolean): Buffer => {
    if (!six) return ethernet(0x0800, ip4(17, bytes, { id, offset: at, more }));
    const head = Buffer.alloc(8);
    head[0] = 17;
    head.writeUInt16BE((at & 0xfff8) | Number(more), 2);
    head.writeUInt32BE(id, 4);
    return ethernet(0x86dd, ip6(44, Buffer.concat([head, bytes])));
  };
  const out: Buffer[] = [];
  for (let at = 0; at < whole.length && out.length < 300; at += size) {
    const last = at + size >= whole.length;
    const what = rng.int(20);
    if (what === 0) continue;
    const back = what === 1 ? Math.min(at, 8) : 0;
    const bytes = whole.subarray(at - back, at + size);
    out.push(piece(at - back, what === 2 ? Buffer.from(bytes).fill(1) : bytes, what === 3 ? last : !last));
    if (what === 4) out.push(piece(at, bytes, !last));
    if (what === 5) out.push(piece(65_528, bytes, rng.int(2) === 0));
  }
  if (rng.int(2) === 0) out.reverse();
  return out;
}
