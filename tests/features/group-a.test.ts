import t from 'tap';
import { IpProto } from '../../src/core/index.js';
import { HandFeatures } from '../support/hand-features.js';

const A = '10.0.0.1';
const B = '10.0.0.2';
const X = '10.9.9.9';
const near = (t: { ok(v: boolean, m: string): void }, got: number, want: number, tolerance = 1e-6): void =>
  t.ok(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)), `${got} is ${want}`);

t.test('1–5: rates of packets and bytes over the life of a young device, then over 60 s', async (t) => {
  const w = new HandFeatures([A]);
  // 20 packets of 100 octets out, 10 of 300 in, over 10 s
  for (let i = 0; i <= 10; i++) {
    w.send({ at: i, from: A, to: X });
    if (i < 10) {
      w.send({ at: i + 0.5, from: A, to: X });
      w.send({ at: i + 0.6, from: X, to: A, sport: 9000, dport: 40000, len: 300 });
    }
  }
  near(t, w.get('pkts_out_rate', 0, 10), 21 / 10);
  near(t, w.get('pkts_in_rate', 0, 10), 10 / 10);
  near(t, w.get('bytes_out_rate', 0, 10), 2100 / 10);
  near(t, w.get('bytes_in_rate', 0, 10), 3000 / 10);
  near(t, w.get('out_byte_ratio', 0, 10), 2100 / 5100);
  // at 65 s seconds 6 … 65 are in the window: out 4 × 2 + 1, in 4
  near(t, w.get('pkts_out_rate', 0, 65), 9 / 60);
  near(t, w.get('pkts_in_rate', 0, 65), 4 / 60);
  near(t, w.get('bytes_in_rate', 0, 65), 1200 / 60);
  // at 200 s nothing is
  t.equal(w.get('pkts_out_rate', 0, 200), 0);
  t.ok(Number.isNaN(w.get('out_byte_ratio', 0, 200)));
});

t.test('roles are the device’s own, whoever opened the flow', async (t) => {
  const w = new HandFeatures([A, B]);
  w.send({ at: 0, from: A, to: B, len: 1000 });
  w.send({ at: 1, from: B, to: A, sport: 9000, dport: 40000, len: 50 });
  near(t, w.get('bytes_out_rate', 1, 1), 50);
  near(t, w.get('bytes_in_rate', 1, 1), 1000);
  near(t, w.get('bytes_out_rate', 0, 1), 1000);
});

t.test('6, 7: damped mean and spread of packet sizes', async (t) => {
  const w = new HandFeatures([A]);
  w.send({ at: 0, from: A, to: X, len: 100 });
  t.ok(Number.isNaN(w.get('size_out_std', 0, 0)), 'one packet has no spread');
  // 60 s later the first weighs one half: mean (100/2 + 400) / 1.5 = 300, mean of squares (5000 + 160000) / 1.5
  w.send({ at: 60, from: A, to: X, len: 400 });
  near(t, w.get('size_out_mean', 0, 60), 300);
  near(t, w.get('size_out_std', 0, 60), Math.sqrt(110000 - 90000));
});

t.test('8, 9: damped time between packets and its irregularity', async (t) => {
  const w = new HandFeatures([A]);
  w.send({ at: 0, from: A, to: X });
  t.ok(Number.isNaN(w.get('iat_out_mean', 0, 0)));
  w.send({ at: 60, from: A, to: X });
  near(t, w.get('iat_out_mean', 0, 60), 60000);
  // gaps 60 s (now of weight 2^-0.5) and 30 s
  w.send({ at: 90, from: A, to: X });
  const f = Math.SQRT1_2;
  const mean = (60000 * f + 30000) / (f + 1);
  const square = (60000 ** 2 * f + 30000 ** 2) / (f + 1);
  near(t, w.get('iat_out_mean', 0, 90), mean);
  near(t, w.get('iat_out_cv', 0, 90), Math.sqrt(square - mean * mean) / mean);
});

t.test('a clock has no irregularity', async (t) => {
  const w = new HandFeatures([A]);
  for (let i = 0; i < 100; i++) w.send({ at: i, from: A, to: X });
  near(t, w.get('iat_out_cv', 0, 100), 0, 1e-5);
  near(t, w.get('iat_out_mean', 0, 100), 1000);
});

t.test('10: most packets in one second', async (t) => {
  const w = new HandFeatures([A]);
  for (let i = 0; i < 7; i++) w.send({ at: 5 + i / 10, from: A, to: X });
  w.send({ at: 20, from: A, to: X });
  t.equal(w.get('burst_max_1s', 0, 20), 7);
  t.equal(w.get('burst_max_1s', 0, 64.9), 7, 'second 5 is the oldest of 60');
  t.equal(w.get('burst_max_1s', 0, 65.1), 1);
});

t.test('11: payload entropy of every n-th packet', async (t) => {
  const w = new HandFeatures([A], { entropy_every_packets: 2 });
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  w.send({ at: 0, from: A, to: X });
  t.ok(Number.isNaN(w.get('payload_entropy', 0, 0)), 'no payload, no entropy');
  w.send({ at: 0, from: A, to: X, payload: all });
  near(t, w.get('payload_entropy', 0, 0), 8);
  w.send({ at: 0, from: A, to: X, payload: Buffer.alloc(50) });
  near(t, w.get('payload_entropy', 0, 0), 8, 0);
  w.send({ at: 0, from: A, to: X, payload: Buffer.from('abababab') });
  near(t, w.get('payload_entropy', 0, 0), (8 + 1) / 2);
  w.send({ at: 0, from: A, to: X, payload: Buffer.alloc(1) });
  // one half-life later: the sum 9 of weight 2 is worth half
  w.send({ at: 60, from: A, to: X, payload: Buffer.alloc(600, 'ab') });
  near(t, w.get('payload_entropy', 0, 60), (9 / 2 + 1) / 2);
});

t.test('12: silence against the 99th percentile of the gaps', async (t) => {
  const w = new HandFeatures([A]);
  for (let i = 0; i < 50; i++) w.send({ at: i, from: A, to: X });
  t.ok(Number.isNaN(w.get('gap_now_ratio', 0, 49)), '49 gaps are too few');
  w.send({ at: 50, from: A, to: X });
  t.equal(w.get('gap_now_ratio', 0, 50), 0);
  // gaps of 1 s lie in the bin [741455, 1048576) µs: its upper edge is 2^20
  near(t, w.get('gap_now_ratio', 0, 60), 10e6 / 2 ** 20);
});

t.test('ARP and other non-IP frames are not volume', async (t) => {
  const w = new HandFeatures([A]);
  const v = w.flows.arp(0, 1, '00:00:00:00:00:01', A, X);
  v.srcDev = 0;
  w.features.packet(v);
  t.equal(w.features.due(0, v.tsUs + 9e6), false);
});

t.test('a device that only receives has no sending statistics', async (t) => {
  const w = new HandFeatures([A]);
  w.send({ at: 0, from: X, to: A, proto: IpProto.Tcp });
  t.equal(w.get('pkts_out_rate', 0, 1), 0);
  for (const f of ['size_out_mean', 'size_out_std', 'iat_out_mean', 'iat_out_cv', 'payload_entropy', 'gap_now_ratio']) {
    t.ok(Number.isNaN(w.get(f, 0, 1)), f);
  }
});

t.test('1 to 3 with short memories: damped counts a second, brought up to now', async (t) => {
  const w = new HandFeatures([A]);
  t.equal(w.get('pkts_out_rate_1s', 0, 0), 0);
  w.send({ at: 0, from: A, to: X, len: 100 });
  w.send({ at: 1, from: A, to: X, len: 300 });
  // fading by half in 1 s: weight 1/2 + 1, octets 50 + 300; read a second later half of that is left
  near(t, w.get('pkts_out_rate_1s', 0, 1), 1.5 * Math.LN2);
  near(t, w.get('pkts_out_rate_1s', 0, 2), 0.75 * Math.LN2);
  near(t, w.get('bytes_out_rate_1s', 0, 1), 350 * Math.LN2);
  const f = 2 ** -0.1;
  near(t, w.get('pkts_out_rate_10s', 0, 1), ((1 + f) * Math.LN2) / 10);
  near(t, w.get('bytes_out_rate_10s', 0, 11), ((100 * f + 300) * Math.LN2) / 20);
  w.send({ at: 2, from: X, to: A, sport: 9000, dport: 40000 });
  w.send({ at: 1, from: X, to: A, sport: 9000, dport: 40000 });
  near(t, w.get('pkts_in_rate_1s', 0, 3), Math.LN2, 1e-6);
  near(t, w.get('pkts_in_rate_10s', 0, 12), (2 * Math.LN2) / 20);
});

t.test('a steady stream has its own rate in every memory', async (t) => {
  const w = new HandFeatures([A]);
  for (let i = 0; i <= 5000; i++) w.send({ at: i / 50, from: A, to: X, len: 200 });
  for (const n of ['1s', '10s']) {
    near(t, w.get(`pkts_out_rate_${n}`, 0, 100), 50, 0.02);
    near(t, w.get(`bytes_out_rate_${n}`, 0, 100), 10_000, 0.02);
  }
});
