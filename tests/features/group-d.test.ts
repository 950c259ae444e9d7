import t from 'tap';
import type { Hl7Ack, Hl7Message } from '../../src/core/index.js';
import { HandFeatures } from '../support/hand-features.js';
import { us } from '../support/hand-packets.js';
import { withKeys } from '../support/hl7-keys.js';

const SENDER = '10.0.0.1';
const LISTENER = '10.0.0.2';
const near = (t: { ok(v: boolean, m: string): void }, got: number, want: number): void =>
  t.ok(Math.abs(got - want) <= 1e-9 * Math.max(1, Math.abs(want)), `${got} is ${want}`);

function world() {
  const w = new HandFeatures([SENDER, LISTENER]);
  const flow = w.send({ at: 0, from: SENDER, to: LISTENER, dport: 2575 });
  const msg = (at: number, rest: Partial<Hl7Message> = {}): void =>
    w.event(
      'hl7.message',
      at,
      flow,
      0,
      withKeys({
        messageType: 'ORU_R01',
        structure: '',
        sendingApp: 'VENT',
        sendingFacility: 'ICU',
        receivingApp: 'EHR',
        receivingFacility: 'H',
        version: '2.6',
        processingId: 'P',
        controlToken: '',
        controlLength: 1,
        bodyHash: 0,
        octets: 400,
        segments: 4,
        longestSegment: 90,
        messageTimeUs: Number.NaN,
        obxCount: 1,
        patientToken: '',
        framing: 'canonical',
        truncated: false,
        ...rest,
      }),
    ); // prettier-ignore
  const ack = (at: number, code: string, token = '', latencyUs = Number.NaN): void =>
    w.event('hl7.ack', at, flow, 1, withKeys({ code, controlToken: token, latencyUs }) as Partial<Hl7Ack>);
  return { w, flow, msg, ack };
}

t.test('NaN for a device that never spoke HL7', async (t) => {
  const { w } = world();
  const names = w.features.schema.features.filter((f) => f.group === 'D').map((f) => f.name);
  t.equal(names.length, 15);
  for (const n of names) t.ok(Number.isNaN(w.get(n, 0, 1)), n);
});

t.test('48, 56: rate and sizes at both ends', async (t) => {
  const { w, msg } = world();
  msg(1, { octets: 100, longestSegment: 50 });
  msg(2, { octets: 300, longestSegment: 250 });
  for (const d of [0, 1]) {
    t.equal(w.get('h_msg_rate', d, 3), 2);
    near(t, w.get('h_len_mean', d, 3), 200);
    t.equal(w.get('h_seg_max', d, 3), 250);
  }
  t.equal(w.get('h_msg_rate', 0, 70), 0);
  t.ok(Number.isNaN(w.get('h_len_mean', 0, 700)));
});

t.test('49: mix of types against the learned one', async (t) => {
  const { w, msg } = world();
  msg(1);
  msg(2);
  t.ok(Number.isNaN(w.get('h_type_js', 1, 3)), 'nothing learned yet');
  msg(301);
  near(t, w.get('h_type_js', 1, 302), 0);
  w.learned.on = false;
  msg(901, { messageType: 'ADT_A40' });
  near(t, w.get('h_type_js', 1, 902), 1);
});

t.test('50: senders never seen', async (t) => {
  const { w, msg } = world();
  msg(1);
  w.learned.on = false;
  msg(2);
  t.equal(w.get('h_new_tuple', 1, 3), 0);
  msg(4, { sendingFacility: 'OTHER' });
  msg(5, { sendingFacility: 'OTHER' });
  t.equal(w.get('h_new_tuple', 1, 6), 1);
  t.equal(w.get('h_new_tuple', 0, 6), 0, 'the sender knows itself');
});

t.test('51, 52: negative acknowledgements and their time', async (t) => {
  const { w, ack } = world();
  for (let i = 1; i <= 10; i++) ack(i, i > 7 ? ['AE', 'AR', 'CR'][i - 8] : 'AA', '', i * 1000);
  near(t, w.get('h_ack_neg_ratio', 1, 11), 3 / 10);
  near(t, w.get('h_ack_p95', 0, 11), 10);
});

t.test('53: messages nobody acknowledged', async (t) => {
  const { w, msg, ack } = world();
  for (let i = 0; i < 4; i++) msg(i, { controlToken: `c${i}` });
  ack(4, 'AA', 'c1');
  t.equal(w.get('h_unacked', 0, 5), 0, 'not yet late');
  t.equal(w.get('h_unacked', 0, 31), 1);
  t.equal(w.get('h_unacked', 1, 40), 3);
  t.equal(w.get('h_unacked', 1, 700), 0, 'forgotten');
});

t.test('54: control ids used again on another body', async (t) => {
  const { w, msg } = world();
  msg(1, { controlToken: 'a', bodyHash: 1 });
  msg(2, { controlToken: 'a', bodyHash: 1 });
  msg(3, { controlToken: 'a', bodyHash: 2 });
  msg(4, { controlToken: 'b', bodyHash: 2 });
  near(t, w.get('h_dup_id_ratio', 1, 5), 1 / 4);
});

t.test('55: clocks', async (t) => {
  const { w, msg } = world();
  for (const [at, clock] of [
    [10, 7],
    [11, 6],
    [12, 12],
  ])
    msg(at, { messageTimeUs: us(clock) }); // prettier-ignore
  near(t, w.get('h_clock_skew', 0, 13), 3);
});

t.test('57, 60, 61: merges, patients, framing', async (t) => {
  const { w, flow, msg } = world();
  for (const type of ['ADT_A40', 'ADT_A18', 'ADT_A31', 'ADT_A08', 'ADT_A37', 'ADT_A24', 'ADT_A50']) {
    msg(1, { messageType: type, patientToken: type.slice(4, 6), framing: type === 'ADT_A08' ? 'lf' : 'canonical' });
  }
  t.equal(w.get('h_merge_rate', 1, 2), 18);
  t.equal(w.get('h_uniq_patients', 1, 2), 6);
  t.equal(w.get('h_frame_viol', 1, 2), 1);
  w.event('weird', 2, flow, 0, { weird: 'hl7.message.too_long' });
  w.event('weird', 2, flow, 0, { weird: 'hl7.framing.lf' });
  t.equal(w.get('h_frame_viol', 1, 3), 2);
});

t.test('58, 59: values against their range and flag', async (t) => {
  const { w, msg } = world();
  msg(1);
  t.ok(Number.isNaN(w.get('h_obx_oor_ratio', 0, 2)), 'nobody looked');
  t.ok(Number.isNaN(w.get('h_obx_flag_mismatch', 0, 2)));
  msg(2, { obxNumeric: 8, obxOutOfRange: 2, obxFlagMismatch: 1 });
  near(t, w.get('h_obx_oor_ratio', 0, 3), 1 / 4);
  t.equal(w.get('h_obx_flag_mismatch', 1, 3), 1);
});
