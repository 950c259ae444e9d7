import t from 'tap';
import type { MqttSeen } from '../../src/core/index.js';
import { HandFeatures } from '../support/hand-features.js';

const A = '10.0.0.1';
const B = '10.0.0.2';
const near = (t: { ok(v: boolean, m: string): void }, got: number, want: number, tolerance = 1e-6): void =>
  t.ok(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)), `${got} is ${want}`);

/** Device 0 is the client, device 1 the broker. */
class Broker {
  readonly w = new HandFeatures([A, B]);
  readonly flow = this.w.send({ at: 0, from: A, to: B, dport: 1883 });
  packet(at: number, packet: string, more: Partial<MqttSeen> = {}): void {
    this.w.event('mqtt', at, this.flow, 0, {
      packet,
      level: 0,
      clientToken: '',
      topic: [],
      octets: 20,
      code: -1,
      ...more,
    });
  }
}

t.test('MQTT: nothing is told of devices that do not speak it', async (t) => {
  const w = new HandFeatures([A]);
  w.send({ at: 0, from: A, to: B });
  for (const f of ['m_connect_rate', 'm_publish_rate', 'm_bytes_topic_max', 'm_viol'])
    t.ok(Number.isNaN(w.get(f, 0, 1)), f);
  for (const f of ['v_period_cv', 'v_seq_gap', 'v_dup_seq']) t.ok(Number.isNaN(w.get(f, 0, 1)), f);
});

t.test('MQTT: connections and messages of 60 s, at both ends', async (t) => {
  const b = new Broker();
  for (let i = 0; i < 3; i++) b.packet(i, 'CONNECT', { level: 4 });
  for (let i = 0; i < 5; i++) b.packet(10 + i, 'PUBLISH', { topic: ['aa', 'bb'] });
  for (const d of [0, 1]) {
    t.equal(b.w.get('m_connect_rate', d, 20), 3);
    t.equal(b.w.get('m_publish_rate', d, 20), 5);
    t.equal(b.w.get('m_connect_rate', d, 61), 1, 'second 2 is the oldest of 60');
    t.equal(b.w.get('m_publish_rate', d, 100), 0);
  }
});

t.test('MQTT: the topic with most octets in 5 to 10 min', async (t) => {
  const b = new Broker();
  b.packet(1, 'CONNECT');
  t.ok(Number.isNaN(b.w.get('m_bytes_topic_max', 0, 2)), 'nothing was published');
  b.packet(2, 'PUBLISH', { topic: ['aa', 'bb'], octets: 100 });
  b.packet(3, 'PUBLISH', { topic: ['aa', 'cc'], octets: 250 });
  b.packet(299, 'PUBLISH', { topic: ['aa', 'bb'], octets: 200 });
  t.equal(b.w.get('m_bytes_topic_max', 1, 299), 300);
  t.equal(b.w.get('m_bytes_topic_max', 1, 400), 300, 'the epoch before counts');
  t.equal(b.w.get('m_bytes_topic_max', 1, 700), 0);
});

t.test('MQTT: violations of 10 min', async (t) => {
  const b = new Broker();
  b.w.event('weird', 5, b.flow, 0, { weird: 'mqtt.flags' });
  b.w.event('weird', 6, b.flow, 0, { weird: 'mqtt.type.reserved' });
  b.w.event('weird', 7, b.flow, 0, { weird: 'dns.short' });
  t.equal(b.w.get('m_viol', 0, 10), 2);
  t.equal(b.w.get('m_viol', 1, 10), 2);
  t.equal(b.w.get('m_viol', 0, 700), 0);
});

/** Device 0 is the monitor: it answers the polls of a central station. */
class Monitor {
  readonly w = new HandFeatures([A, B]);
  readonly flow = this.w.send({ at: 0, from: B, to: A, dport: 24105 });
  result(at: number, sequence: number, stream = 0): void {
    this.w.event('vitals', at, this.flow, 1, { what: 'poll.result', stream, sequence });
  }
}

t.test('vital signs: a clock has no irregularity, and its receiver has no numbers', async (t) => {
  const m = new Monitor();
  for (let i = 0; i < 20; i++) m.result(i, i);
  near(t, m.w.get('v_period_cv', 0, 20), 0);
  t.equal(m.w.get('v_seq_gap', 0, 20), 0);
  t.equal(m.w.get('v_dup_seq', 0, 20), 0);
  t.ok(Number.isNaN(m.w.get('v_period_cv', 1, 20)));
});

t.test('vital signs: irregularity by hand', async (t) => {
  const m = new Monitor();
  m.result(0, 0);
  m.result(1, 1);
  m.result(2, 2);
  t.ok(Number.isNaN(m.w.get('v_period_cv', 0, 2)), 'two periods are too few');
  m.result(62, 3);
  // periods 1 s, 1 s and 60 s; the older ones fade by half in 60 s, the first by another 2^(-1/60) before
  const f = 2 ** (-1 / 60);
  const w = (f + 1) / 2 + 1;
  const mean = ((f + 1) / 2 + 60) / w;
  const square = ((f + 1) / 2 + 3600) / w;
  near(t, m.w.get('v_period_cv', 0, 62), Math.sqrt(square - mean * mean) / mean);
});

t.test('vital signs: numbers left out and repeated, over the wrap', async (t) => {
  const m = new Monitor();
  for (const [i, n] of [65533, 65534, 1, 2, 2, 3].entries()) m.result(i, n);
  t.equal(m.w.get('v_seq_gap', 0, 10), 2, '65535 and 0');
  t.equal(m.w.get('v_dup_seq', 0, 10), 1);
  m.result(7, 2);
  t.equal(m.w.get('v_seq_gap', 0, 10), 2, 'a late one is neither');
  t.equal(m.w.get('v_dup_seq', 0, 10), 1);
  m.result(8, 30_000);
  t.equal(m.w.get('v_seq_gap', 0, 10), 2, 'a new beginning');
  t.equal(m.w.get('v_seq_gap', 0, 700), 0);
});

t.test('vital signs: streams are counted apart; what is not counted says nothing', async (t) => {
  const m = new Monitor();
  m.result(0, 5, 3);
  m.result(0.5, 900, 4);
  m.result(1, 6, 3);
  m.result(1.5, 901, 4);
  m.result(2, -1, -1);
  t.equal(m.w.get('v_seq_gap', 0, 3), 0);
  for (let s = 10; s < 30; s++) m.result(3, 1, s);
  t.equal(m.w.get('v_seq_gap', 0, 4), 0, 'a fifth stream takes the place of the one unused longest');
});
