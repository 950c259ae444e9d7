import t from 'tap';
import type { AppEvent, Profile } from '../../src/core/index.js';
import { Counters } from '../../src/core/index.js';
import { renderSnapshot } from '../../src/ops/index.js';
import { statusClass, Tallies } from '../../src/runtime/tallies.js';
import { EMPTY_SNAPSHOT } from '../support/empty-snapshot.js';

const profiles = [
  { type: 'ventilator', silenceS: 60 },
  { type: 'printer', silenceS: 0 },
] as Profile[]; // prettier-ignore

t.test('DICOM and HL7 in closed sets of words; what no table has is other', async (t) => {
  const counters = new Counters();
  const tallies = new Tallies(counters, profiles);
  const base = { flow: 0, dir: 0, tsUs: 0 };
  const say = (ev: object): void => tallies.event({ ...base, ...ev } as AppEvent);
  say({ kind: 'dicom.associate.rq' });
  say({ kind: 'dicom.associate.rj' });
  say({ kind: 'dicom.command', name: 'C-FIND-RQ', status: -1 });
  say({ kind: 'dicom.command', name: 'C-FIND-RSP', status: 0xff01 });
  say({ kind: 'dicom.command', name: '0x1234', status: 0xa700 });
  say({ kind: 'dicom.dataset', octets: 500 });
  say({ kind: 'hl7.message', messageType: 'ORU_R01' });
  say({ kind: 'hl7.message', messageType: 'XYZ"} 1' });
  say({ kind: 'hl7.ack', code: 'AE', latencyUs: 30_000 });
  say({ kind: 'hl7.ack', code: '??', latencyUs: Number.NaN });
  tallies.trained('ventilator', 'm1', 1.6e15);
  tallies.trained('ventilator', 'm2', 1.7e15);
  const snapshot = { ...EMPTY_SNAPSHOT, defs: counters.defs, values: counters.values };
  const lines = renderSnapshot(snapshot).split('\n');
  for (const line of [
    'wardwire_dicom_associations_total{outcome="requested"} 1',
    'wardwire_dicom_associations_total{outcome="rejected"} 1',
    'wardwire_dicom_associations_total{outcome="aborted"} 0',
    'wardwire_dicom_commands_total{service="C-FIND",status="request"} 1',
    'wardwire_dicom_commands_total{service="C-FIND",status="pending"} 1',
    'wardwire_dicom_commands_total{service="other",status="failure"} 1',
    'wardwire_dicom_dataset_bytes_total 500',
    'wardwire_hl7_messages_total{message_code="ORU"} 1',
    'wardwire_hl7_messages_total{message_code="other"} 1',
    'wardwire_hl7_acks_total{code="AE"} 1',
    'wardwire_hl7_acks_total{code="other"} 1',
    '# TYPE wardwire_hl7_ack_latency_seconds histogram',
    'wardwire_hl7_ack_latency_seconds_bucket{le="0.025"} 0',
    'wardwire_hl7_ack_latency_seconds_bucket{le="0.05"} 1',
    'wardwire_hl7_ack_latency_seconds_bucket{le="+Inf"} 1',
    'wardwire_hl7_ack_latency_seconds_sum 0.03',
    'wardwire_hl7_ack_latency_seconds_count 1',
    'wardwire_silence_limit_seconds{device_type="ventilator"} 60',
    'wardwire_model_trained_timestamp_seconds{device_type="ventilator"} 1700000000',
  ])
    t.ok(lines.includes(line), line);
  t.notOk(lines.some((l) => l.startsWith('wardwire_silence_limit_seconds{device_type="printer"}')));
  const again = renderSnapshot({ ...snapshot, base: counters.values, values: new Float64Array(counters.defs.length) });
  t.match(again, /^wardwire_hl7_ack_latency_seconds_count 1$/m, 'a sensor that died is not forgotten');
});

t.test('status classes of PS3.7 Annex C', async (t) => {
  for (const [status, is] of [
    [-1, 'request'],
    [0, 'success'],
    [0xff00, 'pending'],
    [0xfe00, 'cancel'],
    [0xb000, 'warning'],
    [0x0107, 'warning'],
    [0xa700, 'failure'],
    [0x0110, 'failure'],
    [0xc001, 'failure'],
  ] as const)
    t.equal(statusClass(status), is, status.toString(16));
});
