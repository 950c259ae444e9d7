import t from 'tap';
import { Counters, PacketView, Stop, settingsDefaults, TunnelKind, Weirds } from '../../src/core/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';
import { ethernet, hex, ip4, ip6, tcp, udp } from '../support/frames.js';

function decoder(settings = {}) {
  const weirds = new Weirds();
  const counters = new Counters();
  const layers = createLayers({ settings: settingsDefaults(layersSettings, settings), weirds, counters });
  const decode = (frame: Buffer, linkType = 1, wireLen = frame.length): PacketView => {
    const v = new PacketView();
    v.buf = frame;
    v.off = 0;
    v.end = frame.length;
    v.capLen = frame.length;
    v.wireLen = wireLen;
    v.linkType = linkType;
    v.tsUs = 1e15;
    layers.decode(v);
    return v;
  };
  return { decode, layers, weirds, counters };
}
const DATA = Buffer.from('hello, ward');
const INNER = ip4(6, tcp(40000, 104, DATA, { seq: 7 }));
const INNER_FRAME = ethernet(0x0800, INNER, '02000000aaaa', '02000000bbbb');
const payload = (v: PacketView): string => v.payBuf.toString('latin1', v.payOff, v.payOff + v.payLen);

t.test('Ethernet, IPv4, TCP: every field', async (t) => {
  const v = decoder().decode(ethernet(0x0800, INNER));
  t.match(
    { ...v },
    {
      hasMac: true,
      srcMacHi: 0x020000,
      srcMacLo: 1,
      dstMacLo: 2,
      etherType: 0x0800,
      ipVersion: 4,
      ttl: 64,
      ipProto: 6,
      srcPort: 40000,
      dstPort: 104,
      tcpSeq: 7,
      vlan: -1,
      stop: Stop.None,
      ipLen: INNER.length,
    },
  );
  t.equal(v.src3, 0x0a000001);
  t.equal(payload(v), DATA.toString());
});

t.test('padding of a short frame is no payload', async (t) => {
  const v = decoder().decode(Buffer.concat([ethernet(0x0800, ip4(6, tcp(1, 2, Buffer.alloc(0)))), Buffer.alloc(6)]));
  t.equal(v.payLen, 0);
  t.equal(v.payWireLen, 0);
});

t.test('a super-frame without a length has the captured one', async (t) => {
  const v = decoder().decode(ethernet(0x0800, ip4(6, tcp(1, 2, Buffer.alloc(3000)), { length: 0 })));
  t.equal(v.payLen, 3000);
});

// every encapsulation gives the inner conversation
const mpls = hex('00064140');
const vlanTag = (id: number, type: number): Buffer => Buffer.from([id >> 8, id & 255, type >> 8, type & 255]);
const gre = (type: number, flags = 0): Buffer => Buffer.from([flags >> 8, flags & 255, type >> 8, type & 255]);
const outer = (proto: number, body: Buffer): Buffer =>
  ethernet(0x0800, ip4(proto, body, { src: '192.0.2.1', dst: '192.0.2.2' }));
/** 802.11 data from a station, with LLC. */
const WLAN = hex('0801 0000 020000000009 020000000001 020000000002 0000 aaaa03 000000 0800');
const CASES: readonly [string, Buffer, number, number][] = [
  ['802.1Q', ethernet(0x8100, Buffer.concat([vlanTag(100, 0x0800), INNER])), 1, TunnelKind.None],
  [
    '802.1ad with two tags',
    ethernet(0x88a8, Buffer.concat([vlanTag(200, 0x8100), vlanTag(100, 0x0800), INNER])),
    1,
    TunnelKind.None,
  ],
  [
    'three tags',
    ethernet(0x88a8, Buffer.concat([vlanTag(1, 0x8100), vlanTag(2, 0x8100), vlanTag(3, 0x0800), INNER])),
    1,
    TunnelKind.None,
  ],
  ['MPLS', ethernet(0x8847, Buffer.concat([mpls, INNER])), 1, TunnelKind.Mpls],
  ['MPLS pseudowire', ethernet(0x8847, Buffer.concat([mpls, hex('00000000'), INNER_FRAME])), 1, TunnelKind.Mpls],
  [
    'PPPoE',
    ethernet(
      0x8864,
      Buffer.concat([
        hex('1100 0005'),
        Buffer.from([(INNER.length + 2) >> 8, (INNER.length + 2) & 255]),
        hex('0021'),
        INNER,
      ]),
    ),
    1,
    TunnelKind.Pppoe,
  ],
  ['GRE', outer(47, Buffer.concat([gre(0x0800), INNER])), 1, TunnelKind.Gre],
  [
    'GRE with checksum, key and sequence',
    outer(47, Buffer.concat([gre(0x0800, 0xb000), Buffer.alloc(12), INNER])),
    1,
    TunnelKind.Gre,
  ],
  ['NVGRE', outer(47, Buffer.concat([gre(0x6558, 0x2000), hex('00002a00'), INNER_FRAME])), 1, TunnelKind.Nvgre],
  ['ERSPAN I', outer(47, Buffer.concat([gre(0x88be), INNER_FRAME])), 1, TunnelKind.Erspan],
  [
    'ERSPAN II',
    outer(47, Buffer.concat([gre(0x88be, 0x1000), hex('00000001 10010064 00000000'), INNER_FRAME])),
    1,
    TunnelKind.Erspan,
  ],
  [
    'ERSPAN III',
    outer(47, Buffer.concat([gre(0x22eb, 0x1000), hex('00000001 20010064 00000000 00000000'), INNER_FRAME])),
    1,
    TunnelKind.Erspan,
  ],
  ['VXLAN', outer(17, udp(55555, 4789, Buffer.concat([hex('08000000 00002a00'), INNER_FRAME]))), 1, TunnelKind.Vxlan],
  [
    'GENEVE with options',
    outer(17, udp(55555, 6081, Buffer.concat([hex('01006558 00002a00 01020304'), INNER_FRAME]))),
    1,
    TunnelKind.Geneve,
  ],
  ['GTP-U', outer(17, udp(2152, 2152, Buffer.concat([hex('30ff0000 00000001'), INNER]))), 1, TunnelKind.GtpU],
  ['L2TP', outer(17, udp(1701, 1701, Buffer.concat([hex('0002 0001 0002 ff03 0021'), INNER]))), 1, TunnelKind.L2tp],
  ['IP in IP', outer(4, INNER), 1, TunnelKind.IpInIp],
  ['GRE in UDP', outer(17, udp(55555, 4754, Buffer.concat([gre(0x0800), INNER]))), 1, TunnelKind.Gre],
  [
    'CAPWAP with 802.3',
    outer(17, udp(55555, 5247, Buffer.concat([hex('00100000 00000000'), INNER_FRAME]))),
    1,
    TunnelKind.Capwap,
  ],
  [
    'CAPWAP with 802.11',
    outer(17, udp(55555, 5247, Buffer.concat([hex('00100300 00000000'), WLAN, INNER]))),
    1,
    TunnelKind.Capwap,
  ],
  [
    'CAPWAP with 802.11, control bytes exchanged',
    outer(17, udp(5247, 55555, Buffer.concat([hex('00100300 00000000 0108'), WLAN.subarray(2), INNER]))),
    1,
    TunnelKind.Capwap,
  ],
  ['802.11 in the GRE of an access point', outer(47, Buffer.concat([gre(0x8200), WLAN, INNER])), 1, TunnelKind.Gre],
  [
    '802.11 with several frames in one',
    Buffer.concat([
      hex('8801 0000 020000000009 020000000001 020000000002 0000 8000'),
      hex('020000000002 020000000001'),
      Buffer.from([(INNER.length + 8) >> 8, (INNER.length + 8) & 255]),
      hex('aaaa03 000000 0800'),
      INNER,
    ]),
    105,
    TunnelKind.None,
  ],
  ['Cisco HDLC recorded as PPP', Buffer.concat([hex('0f00 0800'), INNER]), 9, TunnelKind.None],
  ['FDDI', Buffer.concat([hex('50 020000000002 020000000001 aaaa03 000000 0800'), INNER]), 10, TunnelKind.None],
  ['IP over InfiniBand', Buffer.concat([Buffer.alloc(40), hex('0800 0000'), INNER]), 242, TunnelKind.None],
  ['VNTAG', ethernet(0x8926, Buffer.concat([hex('00000000 0800'), INNER])), 1, TunnelKind.None],
  ['PBB', ethernet(0x88e7, Buffer.concat([hex('00000001'), INNER_FRAME])), 1, TunnelKind.None],
  ['Linux SLL', Buffer.concat([hex('0000 0001 0006 020000000001 0000 0800'), INNER]), 113, TunnelKind.None],
  ['Linux SLL2', Buffer.concat([hex('0800 0000 00000001 0001 00 06 020000000001 0000'), INNER]), 276, TunnelKind.None],
  ['raw IP', INNER, 101, TunnelKind.None],
  ['BSD loopback', Buffer.concat([hex('02000000'), INNER]), 0, TunnelKind.None],
  ['PPP', Buffer.concat([hex('ff03 0021'), INNER]), 9, TunnelKind.None],
  ['Cisco HDLC', Buffer.concat([hex('0f00 0800'), INNER]), 104, TunnelKind.None],
  [
    '802.11 in radiotap',
    Buffer.concat([
      hex('0000 0800 00000000'),
      hex('0801 0000'),
      hex('020000000009 020000000001 020000000002'),
      hex('0000'),
      hex('aaaa03 000000 0800'),
      INNER,
    ]),
    127,
    TunnelKind.None,
  ],
];
for (const [name, frame, link, tunnel] of CASES) {
  t.test(name, async (t) => {
    const { decode } = decoder();
    const v = decode(frame, link);
    t.equal(v.stop, Stop.None);
    t.equal(v.srcPort, 40000);
    t.equal(v.src3, 0x0a000001, 'the inner address');
    t.equal(payload(v), DATA.toString());
    t.equal(v.tunnel, tunnel);
    if (frame.includes(hex('c0000201'))) t.equal(v.outerSrc3, 0xc0000201 | 0, 'the outer address');
    for (let n = 0; n < frame.length; n++) {
      const cutView = decode(Buffer.from(frame.subarray(0, n)), link, frame.length);
      t.ok(cutView.payOff + cutView.payLen <= cutView.payBuf.length, 'nothing is read beyond the bytes');
    }
  });
}

t.test('6in4 and IPv6 with extension headers', async (t) => {
  const { decode } = decoder();
  const six = decode(outer(41, ip6(6, tcp(40000, 104, DATA))));
  t.equal(six.tunnel, TunnelKind.SixInFour);
  t.equal(payload(six), DATA.toString());
  const extended = decode(
    ethernet(
      0x86dd,
      ip6(0, Buffer.concat([hex('3c000000 00000000'), hex('06000000 00000000'), tcp(40000, 104, DATA)])),
    ),
  );
  t.equal(extended.ipProto, 6);
  t.equal(payload(extended), DATA.toString());
});

t.test('ARP', async (t) => {
  const v = decoder().decode(ethernet(0x0806, hex('0001 0800 06 04 0002 02000000aaaa 0a000001 02000000bbbb 0a000002')));
  t.match(
    { ...v },
    {
      arpOp: 2,
      arpShaHi: 0x020000,
      arpShaLo: 0x00aaaa,
      arpSpa: 0x0a000001,
      arpTpa: 0x0a000002,
      stop: Stop.NotIp,
      ipVersion: 0,
    },
  );
});

t.test('fragments in any order, with first bytes winning', async (t) => {
  const body = udp(1000, 2000, Buffer.from('0123456789abcdefghijklmnopqrstuv'));
  const parts = [
    ip4(17, body.subarray(0, 16), { offset: 0, more: true }),
    ip4(17, body.subarray(16, 32), { offset: 16, more: true }),
    ip4(17, body.subarray(32), { offset: 32 }),
  ].map((p) => ethernet(0x0800, p));
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [1, 0, 2],
  ]) {
    const { decode, weirds } = decoder();
    const views = order.map((i) => decode(parts[i]));
    t.equal(views[0].stop, Stop.Fragment);
    const last = views[2];
    t.equal(last.stop, Stop.None);
    t.equal(last.srcPort, 1000);
    t.equal(payload(last), '0123456789abcdefghijklmnopqrstuv');
    t.equal(weirds.count('ip.fragment.overlap'), 0);
  }
  const { decode, weirds } = decoder();
  decode(parts[0]);
  decode(ethernet(0x0800, ip4(17, Buffer.from('XXXXXXXXXXXXXXXX'), { offset: 8, more: true })));
  decode(parts[1]);
  const v = decode(parts[2]);
  t.match(payload(v), /^01234567/);
  t.equal(weirds.count('ip.fragment.overlap.differs') > 0, true);
});

t.test('fragment floods stay within their limits', async (t) => {
  const { decode, layers, counters } = decoder({ fragment_memory_kib: 64, fragment_datagrams: 16 });
  for (let id = 0; id < 2000; id++)
    decode(ethernet(0x0800, ip4(17, Buffer.alloc(1000), { id, offset: 0, more: true })));
  layers.tick(1e15);
  t.ok(counters.get('wardwire_fragment_bytes') <= 128 * 1024);
  t.ok(counters.get('wardwire_fragments_total', { result: 'evicted' }) > 1900);
  layers.tick(1e15 + 60e6);
  t.equal(counters.get('wardwire_fragment_bytes'), 0, 'the rest expires');
});

t.test('nesting is bounded, checksums are counted and drop nothing, unknown links are named', async (t) => {
  const { decode, weirds, counters } = decoder();
  let deep = INNER;
  for (let i = 0; i < 12; i++) deep = ip4(4, deep);
  t.equal(decode(ethernet(0x0800, deep)).stop, Stop.Depth);
  t.equal(weirds.count('tunnel.depth'), 1);
  const bad = Buffer.from(INNER);
  bad[10] ^= 0xff;
  t.equal(payload(decode(ethernet(0x0800, bad))), DATA.toString());
  t.equal(counters.get('wardwire_bad_checksums_total'), 1);
  t.equal(decode(INNER, 147).stop, Stop.LinkType);
  t.equal(weirds.count('link.unknown'), 1);
});

t.test('a snapped packet says how much is missing', async (t) => {
  const frame = ethernet(0x0800, ip4(6, tcp(1, 2, Buffer.alloc(1000, 1))));
  const v = decoder().decode(Buffer.from(frame.subarray(0, 96)), 1, frame.length);
  t.equal(v.payLen, 96 - 54);
  t.equal(v.payWireLen, 1000);
});
