import fc from 'fast-check';
import t from 'tap';
import { headerBytes, MAX_HEADER } from '../../src/evidence/headers.js';
import { ethernet, ip4, ip6, tcp, udp } from '../support/frames.js';
import { decoder } from '../support/keep.js';

// What may be kept of a packet: headers from link to transport, never a byte of what they carry.

const SECRET = Buffer.from('\x0bMSH|^~\\&|MON|ICU|ENGINE|HOSP|20260101||ORU^R01|1|P|2.6\rPID|||4711||DOE^ANN\r');
const vlan = (payload: Buffer): Buffer => Buffer.concat([Buffer.of(0, 12, 8, 0), payload]);
const vxlan = (inner: Buffer): Buffer => Buffer.concat([Buffer.from('0800000000002a00', 'hex'), inner]);
const gre = (inner: Buffer): Buffer => Buffer.concat([Buffer.from('00000800', 'hex'), inner]);
const ipTcp = (o: Parameters<typeof ip4>[2] = {}): Buffer => ip4(6, tcp(40000, 2575, SECRET), o);

const FRAMES: readonly [what: string, frame: Buffer, headers: number][] = [
  ['TCP over IPv4', ethernet(0x0800, ipTcp()), 54],
  [
    'TCP with options, in a VLAN',
    ethernet(0x8100, vlan(ip4(6, tcp(1, 2, SECRET, { options: Buffer.alloc(12, 1) })))),
    70,
  ],
  ['IPv4 options', ethernet(0x0800, ipTcp({ options: Buffer.alloc(8, 1) })), 62],
  ['UDP', ethernet(0x0800, ip4(17, udp(5000, 6000, SECRET))), 42],
  ['TCP over IPv6', ethernet(0x86dd, ip6(6, tcp(40000, 2575, SECRET))), 74],
  ['IPv6 without a next header', ethernet(0x86dd, ip6(59, SECRET)), 54],
  [
    'ICMP with the head of another packet',
    ethernet(0x0800, ip4(1, Buffer.concat([Buffer.of(3, 1, 0, 0, 0, 0, 0, 0), ipTcp()]))),
    42,
  ],
  ['an IP protocol not decoded', ethernet(0x0800, ip4(50, SECRET)), 34],
  ['VXLAN', ethernet(0x0800, ip4(17, udp(9, 4789, vxlan(ethernet(0x0800, ipTcp()))))), 42 + 8 + 54],
  ['GRE', ethernet(0x0800, ip4(47, gre(ipTcp()))), 34 + 4 + 40],
  ['IP in IP', ethernet(0x0800, ip4(4, ipTcp())), 34 + 40],
  ['text on the port of VXLAN', ethernet(0x0800, ip4(17, udp(9, 4789, SECRET))), 42],
  ['text behind a VXLAN header', ethernet(0x0800, ip4(17, udp(9, 4789, vxlan(SECRET)))), 42],
  ['text on the ports of GTP-U, L2TP, CAPWAP, GENEVE', ethernet(0x0800, ip4(17, udp(9, 1701, SECRET))), 42],
  ['an IPv4 fragment, the first', ethernet(0x0800, ipTcp({ more: true })), 34],
  ['an IPv4 fragment, a later one', ethernet(0x0800, ip4(6, SECRET, { offset: 128 })), 34],
  ['a frame of no known type', ethernet(0x1234, SECRET), 14],
  ['LLDP', ethernet(0x88cc, SECRET), 14],
  [
    'TCP whose header claims too much',
    ethernet(0x0800, ip4(6, Buffer.concat([Buffer.alloc(12, 1), Buffer.of(0xf0), SECRET.subarray(0, 20)]))),
    34,
  ],
]; // prettier-ignore

t.test('headers and nothing behind them', async (t) => {
  const decode = decoder();
  for (const [what, frame, want] of FRAMES) {
    const view = decode(frame);
    t.equal(headerBytes(view), want, what);
    const kept = frame.subarray(0, want).toString('latin1');
    t.notOk(/MSH|PID|DOE/.test(kept), `${what}: no text is kept`);
  }
});

t.test('ARP is kept whole, its padding is not', async (t) => {
  const arp = Buffer.from('00010800060400010200000000010a0000010000000000000a000002', 'hex');
  t.equal(headerBytes(decoder()(ethernet(0x0806, Buffer.concat([arp, SECRET.subarray(0, 18)])))), 42);
});

t.test('both pieces of a datagram put together give their own headers', async (t) => {
  const decode = decoder();
  const datagram = udp(5000, 6000, SECRET);
  const piece = (from: number, to: number, more: boolean): Buffer =>
    ethernet(0x0800, ip4(17, datagram.subarray(from, to), { id: 77, more, offset: from }));
  t.equal(headerBytes(decode(piece(0, 48, true))), 34);
  const last = decode(piece(48, datagram.length, false));
  t.equal(last.payLen, SECRET.length, 'the datagram is whole');
  t.equal(headerBytes(last), 34);
});

t.test('whatever comes: within the frame and the limit, and truncation keeps less', async (t) => {
  const decode = decoder();
  fc.assert(
    fc.property(
      fc.constantFrom(...FRAMES.map((f) => f[1])),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
      fc.nat(200),
      (frame, flips, cut) => {
        const b = Buffer.from(frame.subarray(0, Math.max(1, frame.length - cut)));
        for (const [at, v] of flips) b[at % b.length] = v;
        const n = headerBytes(decode(b));
        return n >= 0 && n <= b.length && n <= MAX_HEADER;
      },
    ),
    { numRuns: 5000 },
  );
  t.pass('5000 damaged frames');
});
