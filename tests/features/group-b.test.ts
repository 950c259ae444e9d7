import t from 'tap';
import { AppProto, FlowMark, IpProto, TcpFlag } from '../../src/core/index.js';
import { HandFeatures } from '../support/hand-features.js';
import { us } from '../support/hand-packets.js';

const A = '10.0.0.1';
const B = '10.0.0.2';
const X = '10.9.9.9';
const near = (t: { ok(v: boolean, m: string): void }, got: number, want: number, tolerance = 1e-6): void =>
  t.ok(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)), `${got} is ${want}`);
const TCP = { proto: IpProto.Tcp };

t.test('13, 14: open flows at both ends, opened by the initiator', async (t) => {
  const w = new HandFeatures([A, B]);
  for (let i = 0; i < 3; i++) w.send({ at: i, from: A, to: B, sport: 1000 + i });
  w.send({ at: 3, from: B, to: X });
  t.equal(w.get('active_flows', 0, 4), 3);
  t.equal(w.get('active_flows', 1, 4), 4);
  near(t, w.get('new_flows_rate', 0, 4), 3 / 4);
  near(t, w.get('new_flows_rate', 1, 4), 1 / 4);
  w.close({ at: 5, from: A, to: B, sport: 1000 });
  t.equal(w.get('active_flows', 0, 5), 2);
  t.equal(w.get('active_flows', 1, 5), 3);
  // what still comes after the close (the last acknowledgement) opens nothing
  const link = { ...TCP, from: A, to: B, sport: 2000 };
  w.send({ ...link, at: 5 });
  t.equal(w.get('active_flows', 0, 5), 3);
  w.close({ ...link, at: 5.1 });
  w.send({ ...link, at: 5.2 });
  t.equal(w.get('active_flows', 0, 6), 2);
  t.equal(w.get('active_flows', 1, 6), 3);
});

t.test('13: a row that goes to another device does not inherit or lose flows', async (t) => {
  const w = new HandFeatures([A]);
  const h = { at: 0, from: A, to: X };
  w.send(h);
  w.features.identity({
    kind: 'device.new',
    device: 0,
    tsUs: us(1),
    ip: '',
    mac: '',
    oldMac: '',
    oldAlive: false,
    byArp: false,
  });
  w.send({ at: 2, from: A, to: X, sport: 5 });
  t.equal(w.get('active_flows', 0, 2), 1);
  w.close(h);
  t.equal(w.get('active_flows', 0, 2), 1);
});

t.test('15, 16: distinct and new peers in 10 min', async (t) => {
  const w = new HandFeatures([A]);
  for (let i = 1; i <= 5; i++) w.send({ at: i, from: A, to: `10.1.0.${i}` });
  w.send({ at: 6, from: '10.1.0.1', to: A, sport: 99 });
  t.equal(w.get('uniq_peers', 0, 6), 5);
  t.equal(w.get('new_peers', 0, 6), 0, 'still learning');
  w.learned.on = false;
  w.send({ at: 601, from: A, to: '10.1.0.1' });
  w.send({ at: 602, from: A, to: '10.1.0.77' });
  w.send({ at: 603, from: A, to: '10.1.0.77', sport: 3 });
  t.equal(w.get('new_peers', 0, 603), 1);
  t.equal(w.get('uniq_peers', 0, 603), 4, 'peers 2 and 3 are older than 600 s; 1 was met again');
  t.equal(w.get('uniq_peers', 0, 1300), 0);
});

t.test('15: a thousand peers are counted within 5 %, and forgotten', async (t) => {
  const w = new HandFeatures([A]);
  for (let i = 0; i < 1000; i++) w.send({ at: i / 10, from: A, to: `10.1.${i >> 8}.${i & 255}` });
  const n = w.get('uniq_peers', 0, 100);
  t.ok(Math.abs(n - 1000) <= 50, `${n}`);
  t.equal(w.get('uniq_peers', 0, 1000), 0);
  w.send({ at: 1001, from: A, to: X });
  t.equal(w.get('uniq_peers', 0, 1001), 1, 'exact again');
});

t.test('17: bytes to addresses outside the site in 10 min', async (t) => {
  const w = new HandFeatures([A]);
  w.send({ at: 0, from: A, to: '8.8.8.8', len: 500 });
  w.send({ at: 1, from: '8.8.8.8', to: A, sport: 9000, dport: 40000, len: 9000 });
  w.send({ at: 2, from: A, to: X, len: 700 });
  w.send({ at: 3, from: A, to: '239.255.255.250', len: 700 });
  // a flow opened from outside counts as well
  w.send({ at: 4, from: '9.9.9.9', to: A, sport: 5 });
  w.send({ at: 5, from: A, to: '9.9.9.9', sport: 9000, dport: 5, len: 40 });
  t.equal(w.get('ext_bytes_out', 0, 6), 540);
  t.equal(w.get('ext_bytes_out', 0, 599), 540);
  t.equal(w.get('ext_bytes_out', 0, 600), 0);
});

t.test('18, 19: distinct server ports and their entropy', async (t) => {
  const w = new HandFeatures([A, B]);
  for (let i = 0; i < 8; i++) w.send({ at: i, from: A, to: B, dport: 100 + (i % 4), sport: 2000 + i });
  t.equal(w.get('uniq_dport', 0, 8), 4);
  near(t, w.get('dport_entropy', 0, 8), 2);
  t.equal(w.get('uniq_dport', 1, 8), 0, 'the server contacted nobody');
  t.ok(Number.isNaN(w.get('dport_entropy', 1, 8)));
  near(t, w.get('dport_entropy', 0, 599), 2, 1e-9);
  t.ok(Number.isNaN(w.get('dport_entropy', 0, 900)));
});

t.test('20: share of connections that failed', async (t) => {
  const w = new HandFeatures([A]);
  t.ok(Number.isNaN(w.get('conn_fail_ratio', 0, 0)));
  const syn = (at: number, sport: number): number => w.send({ at, from: A, to: X, ...TCP, sport, flags: TcpFlag.Syn });
  const back = (at: number, dport: number, flags: number): number =>
    w.send({ at, from: X, to: A, ...TCP, sport: 9000, dport, flags });
  syn(0, 1);
  back(0.1, 1, TcpFlag.Syn | TcpFlag.Ack);
  back(0.2, 1, TcpFlag.Syn | TcpFlag.Ack);
  syn(1, 2);
  back(1.1, 2, TcpFlag.Rst | TcpFlag.Ack);
  syn(2, 3);
  syn(3, 3);
  syn(4, 4);
  back(4.1, 4, TcpFlag.Syn | TcpFlag.Ack);
  near(t, w.get('conn_fail_ratio', 0, 5), 2 / 4);
});

t.test('21, 22, 23: SYN received, RST and PSH shares', async (t) => {
  const w = new HandFeatures([A]);
  for (let i = 0; i < 6; i++) w.send({ at: i, from: X, to: A, ...TCP, sport: i + 1, flags: TcpFlag.Syn });
  w.send({ at: 6, from: A, to: X, ...TCP, sport: 9000, dport: 1, flags: TcpFlag.Rst });
  w.send({ at: 7, from: A, to: X, ...TCP, sport: 9000, dport: 2, flags: TcpFlag.Psh | TcpFlag.Ack });
  w.send({ at: 8, from: A, to: X, proto: IpProto.Udp });
  near(t, w.get('syn_in_rate', 0, 8), 6 / 8);
  near(t, w.get('rst_ratio', 0, 8), 1 / 8);
  near(t, w.get('psh_ratio', 0, 8), 1 / 8);
});

t.test('24, 25: retransmitted octets and contradicting segments, at both ends', async (t) => {
  const w = new HandFeatures([A, B]);
  const h = { from: A, to: B, ...TCP, payload: Buffer.alloc(100) };
  const slot = w.send({ at: 0, ...h });
  w.flows.columns.retransmitted[2 * slot] += 30;
  w.flows.columns.outOfOrder[2 * slot] += 20;
  w.flows.columns.marks[slot] |= FlowMark.OverlapDiffers;
  w.send({ at: 1, ...h });
  w.send({ at: 2, ...h });
  near(t, w.get('tcp_retx_ratio', 0, 2), 50 / 300);
  near(t, w.get('tcp_retx_ratio', 1, 2), 50 / 300);
  t.equal(w.get('tcp_conflict', 0, 2), 1);
  t.equal(w.get('tcp_conflict', 1, 2), 1);
  t.equal(w.get('tcp_conflict', 1, 63), 0);
});

t.test('26: broadcast and multicast share', async (t) => {
  const w = new HandFeatures([A]);
  w.send({ at: 0, from: A, to: X });
  w.send({ at: 0, from: A, to: '239.1.1.1' });
  w.send({ at: 0, from: A, to: '255.255.255.255' });
  w.send({ at: 0, from: A, to: '10.0.0.255', mac: '00:00:00:00:00:07', toMac: 'ff:ff:ff:ff:ff:ff' });
  w.send({ at: 0, from: A, to: X });
  near(t, w.get('bmcast_ratio', 0, 1), 3 / 5);
});

t.test('27: odd ARP messages, charged to both', async (t) => {
  const w = new HandFeatures([A, B]);
  const ev = { tsUs: us(0), ip: A, mac: '', oldMac: '', oldAlive: true, byArp: true };
  w.features.identity({ kind: 'arp.gratuitous', device: 1, claimant: 1, ...ev });
  w.features.identity({ kind: 'ip.moved', device: 0, claimant: 1, ...ev });
  w.features.identity({ kind: 'mac.moved', device: 0, claimant: 0, ...ev });
  t.equal(w.get('arp_anom', 0, 1), 1);
  t.equal(w.get('arp_anom', 1, 1), 2);
  t.equal(w.get('arp_anom', 1, 70), 0);
});

t.test('28: names that do not exist, and distinct domains', async (t) => {
  const w = new HandFeatures([A]);
  const f = w.send({ at: 0, from: A, to: X, dport: 53 });
  t.ok(Number.isNaN(w.get('dns_nx_ratio', 0, 0)));
  for (let i = 0; i < 4; i++) {
    w.event('dns', i, f, 0, {
      response: false,
      rcode: 0,
      domainHash: i % 2,
      longestLabel: 3,
      labelEntropy: 1,
      queryType: 1,
    });
    w.event('dns', i, f, 1, {
      response: true,
      rcode: i === 3 ? 3 : 0,
      domainHash: i % 2,
      longestLabel: 3,
      labelEntropy: 1,
      queryType: 1,
    });
  }
  near(t, w.get('dns_nx_ratio', 0, 5), 1 / 4);
  t.equal(w.get('dns_uniq_domains', 0, 5), 2);
  t.ok(Number.isNaN(w.get('dns_nx_ratio', 0, 700)));
});

t.test('29, 30: protocol mix against the learned one, and clear text', async (t) => {
  const w = new HandFeatures([A]);
  const h = { from: A, to: X, len: 100 };
  const g = { from: A, to: X, sport: 2, len: 100 };
  const slot = w.send({ at: 0, ...h });
  const other = w.send({ at: 0, ...g });
  w.flows.columns.app[slot] = AppProto.Dicom;
  w.flows.columns.app[other] = AppProto.Tls;
  w.send({ at: 1, ...h });
  t.ok(Number.isNaN(w.get('proto_mix_js', 0, 2)), 'nothing learned yet');
  near(t, w.get('cleartext_ratio', 0, 2), 100 / 300);
  // a new epoch: 200 octets unknown and 100 of DICOM are learned
  w.send({ at: 300, ...h });
  w.learned.on = false;
  w.send({ at: 700, ...h });
  // what is seen now is DICOM only (two epochs): p = (0, 1), q = (2/3, 1/3), m = (1/3, 2/3)
  const js = 0.5 * Math.log2(1 / (2 / 3)) + 0.5 * ((2 / 3) * Math.log2(2) + (1 / 3) * Math.log2(0.5));
  near(t, w.get('proto_mix_js', 0, 700), Math.sqrt(js));
  near(t, w.get('cleartext_ratio', 0, 700), 1);
});

t.test('31: a beacon is periodic, noise is not', async (t) => {
  const w = new HandFeatures([A, B]);
  let x = 12345;
  for (let s = 0; s < 300; s++) {
    if (s % 10 === 0) w.send({ at: s, from: A, to: '8.8.8.8' });
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    if (x >>> 24 < 32) w.send({ at: s + 0.5, from: B, to: '8.8.8.8' });
  }
  w.features.tick(us(300));
  near(t, w.get('periodicity', 0, 300), 1, 0.01);
  const noise = w.get('periodicity', 1, 300);
  t.ok(noise < 0.6, `${noise}`);
});

t.test('32: TTL that jumps', async (t) => {
  const w = new HandFeatures([A]);
  for (let i = 0; i < 20; i++) w.send({ at: i / 10, from: A, to: X, ttl: 64 });
  t.equal(w.get('ttl_delta', 0, 2), 0);
  w.send({ at: 3, from: A, to: X, ttl: 57 });
  t.equal(w.get('ttl_delta', 0, 3), 7);
  w.send({ at: 29, from: A, to: X, ttl: 64 });
  t.equal(w.get('ttl_delta', 0, 29), 7);
  t.equal(w.get('ttl_delta', 0, 65), 0);
});

t.test('33: volume against the same hour of the week', async (t) => {
  const w = new HandFeatures([A]);
  for (let m = 0; m < 31; m++) w.send({ at: m * 60 + 1, from: A, to: X, len: 100 });
  t.ok(Number.isNaN(w.get('how_z', 0, 30 * 60 + 2)), 'the first minute is not whole: 29 of 30 minutes');
  w.send({ at: 31 * 60 + 1, from: A, to: X, len: 100 });
  near(t, w.get('how_z', 0, 31 * 60 + 2), 0, 1e-4);
  w.send({ at: 31 * 60 + 3, from: A, to: X, len: 60000 });
  w.send({ at: 32 * 60 + 1, from: A, to: X, len: 100 });
  t.equal(w.get('how_z', 0, 32 * 60 + 2), 10, 'clipped');
});
