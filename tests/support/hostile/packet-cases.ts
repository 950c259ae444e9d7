import { answers, dhcp, MDNS, name } from '../evidence-seeds.js';
import { ethernet, hex, ip4, ip6, tcp, udp } from '../frames.js';

/** Packets made to cost more than they look: `packet(i)` is the i-th of them. */
export interface PacketCase {
  readonly name: string;
  readonly packet: (i: number) => Buffer;
}

const text = (s: string): Buffer => Buffer.from(s, 'latin1');
const four = (proto: number, body: Buffer, i = 0, more: Parameters<typeof ip4>[2] = {}): Buffer =>
  ethernet(0x0800, ip4(proto, body, { src: `10.1.${(i >> 8) & 255}.${i & 255}`, id: i & 0xffff, ...more }));
/** A datagram of 1,400 octets in flow `i`. */
const datagram =
  (port: number, body: Buffer) =>
  (i: number): Buffer =>
    four(17, udp(1024 + (i % 64), port, body), i % 50);
const fill = (part: string, n = 1400): Buffer => Buffer.alloc(n, text(part));
const six = (next: number, body: Buffer): Buffer => ethernet(0x86dd, ip6(next, body));
const u16 = (n: number): Buffer => Buffer.of(n >> 8, n & 255);
/** Names that point back to the one before, 60 of them, and records that use the last. */
const pointers = (): Buffer => {
  const first = name(Array.from({ length: 60 }, () => 'a').join('.'));
  let all = Buffer.concat([hex('0000 8400 0000 0040 0000 0000'), first, hex('000c 0001 00000000 0002 c00c')]);
  for (let n = 0, at = 12; n < 100 && all.length < 1380; n++) {
    const here = all.length;
    all = Buffer.concat([all, text('\x01b'), u16(0xc000 | at), hex('000c 0001 00000000 0002'), u16(0xc000 | here)]);
    at = here;
  }
  return all;
};

export const PACKET_CASES: readonly PacketCase[] = [
  { name: 'ordinary announcements', packet: datagram(5353, MDNS) },
  { name: 'dns: chains of pointers', packet: datagram(5353, pointers()) },
  {
    name: 'dns: records of text',
    packet: datagram(
      5353,
      answers(Array.from({ length: 60 }, () => ({ name: hex('c00c'), type: 16, data: fill('\x01=', 8) }))),
    ),
  },
  {
    name: 'dns: names of many labels',
    packet: datagram(
      53,
      Buffer.concat([
        hex('0000 0100 0001 0000 0000 0000'),
        name(Array.from({ length: 31 }, () => 'a'.repeat(40)).join('.')),
        hex('00010001'),
      ]),
    ),
  },
  { name: 'dhcp: padding', packet: datagram(67, dhcp(1, [Buffer.alloc(1100)])) },
  {
    name: 'dhcp: names',
    packet: datagram(
      67,
      dhcp(
        1,
        Array.from({ length: 60 }, () => Buffer.concat([hex('0c10'), fill('A-', 16)])),
      ),
    ),
  },
  {
    name: 'snmp: nested',
    packet: datagram(
      161,
      Buffer.concat([hex('308203e8 020101 0400 a28203dc 020100 020100 020100 308203cc'), fill('0\x02\x30\x00')]),
    ),
  },
  {
    name: 'ssdp: almost headers',
    packet: datagram(1900, Buffer.concat([text('NOTIFY * HTTP/1.1\r\n'), fill('\r\nSERVER')])),
  },
  {
    name: 'wsd: almost elements',
    packet: datagram(3702, Buffer.concat([text('discovery/Hello</'), fill('<a:Types ')])),
  },
  {
    name: 'wsd: elements without end',
    packet: datagram(3702, Buffer.concat([text('discovery/Hello</'), fill('<Types >x')])),
  },
  {
    name: 'vitals: attributes',
    packet: datagram(
      24005,
      Buffer.concat([
        hex('00000100 0001 0500 0000 0000 04f0 0021 0000 0000 00000000 0d17 04e0 ffff 04d0'),
        Buffer.alloc(1200),
      ]),
    ),
  },
  {
    name: 'ip4: options',
    packet: (i) => four(17, udp(1, 2, Buffer.alloc(8)), i % 50, { options: Buffer.alloc(40, 1) }),
  },
  {
    name: 'ip6: extension headers',
    packet: () =>
      six(
        0,
        Buffer.concat([
          ...Array.from({ length: 100 }, () => Buffer.of(60, 0, 1, 4, 0, 0, 0, 0)),
          udp(1, 2, Buffer.alloc(8)),
        ]),
      ),
  },
  {
    name: 'tunnels 60 deep',
    packet: () => {
      let b = ip4(17, udp(1, 2, Buffer.alloc(8)));
      for (let n = 0; n < 60; n++) b = ip4(4, b);
      return ethernet(0x0800, b);
    },
  },
  { name: 'labels without end', packet: () => ethernet(0x8847, Buffer.alloc(1400)) },
  { name: 'tags without end', packet: () => ethernet(0x8100, fill('\x00\x01\x81\x00')) },
  {
    name: 'tcp: options',
    packet: (i) =>
      four(6, tcp(1024 + (i % 64), 80, Buffer.alloc(0), { seq: i, options: Buffer.alloc(40, 1), flags: 16 }), i % 50),
  },
  {
    name: 'tcp: every second octet, forwards',
    packet: (i) =>
      four(6, tcp(4000 + (i >> 12), 7000, Buffer.of(i), { seq: 2 * (i & 0xfff) + 2, flags: 24 }), 1, {
        id: i & 0xffff,
      }),
  },
  {
    name: 'tcp: every second octet, backwards',
    packet: (i) =>
      four(6, tcp(4000 + (i >> 12), 7000, Buffer.of(i), { seq: 100_000 - 2 * (i & 0xfff), flags: 24 }), 1, {
        id: i & 0xffff,
      }),
  },
  {
    name: 'tcp: overlapping early segments',
    packet: (i) =>
      four(6, tcp(4000 + (i >> 12), 7000, Buffer.alloc(1400, i), { seq: 10 + (i & 0xfff), flags: 24 }), 1, {
        id: i & 0xffff,
      }),
  },
  {
    name: 'fragments, forwards',
    packet: (i) => four(17, Buffer.alloc(8, i), 1, { id: i >> 8, offset: 8 * (i & 255), more: true }),
  },
  {
    name: 'fragments, backwards',
    packet: (i) => four(17, Buffer.alloc(8, i), 1, { id: i >> 8, offset: 8 * (255 - (i & 255)), more: true }),
  },
  {
    name: 'fragments that overlap',
    packet: (i) => four(17, Buffer.alloc(1024, i), 1, { id: i >> 8, offset: 8 * (i & 63), more: true }),
  },
  {
    name: 'fragments with holes',
    packet: (i) => four(17, Buffer.alloc(8, i), 1, { id: i >> 8, offset: 16 * (255 - (i & 255)), more: true }),
  },
  {
    name: 'announcements of neighbours',
    packet: (i) =>
      ethernet(
        0x88cc,
        Buffer.concat(Array.from({ length: 60 }, () => Buffer.concat([hex('0a10'), fill('sw-', 16)]))),
        `0200${(i % 200).toString(16).padStart(8, '0')}`,
      ),
  },
];
