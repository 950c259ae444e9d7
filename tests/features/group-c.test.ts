import t from 'tap';
import type { DicomCommand } from '../../src/core/index.js';
import { HandFeatures } from '../support/hand-features.js';

const SCU = '10.0.0.1';
const SCP = '10.0.0.2';
const near = (t: { ok(v: boolean, m: string): void }, got: number, want: number, tolerance = 1e-9): void =>
  t.ok(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)), `${got} is ${want}`);

/** A modality (device 0) that talks with an archive (device 1). */
function world(): { w: HandFeatures; flow: number } {
  const w = new HandFeatures([SCU, SCP]);
  return { w, flow: w.send({ at: 0, from: SCU, to: SCP, dport: 104 }) };
}
const rq = {
  calledAe: 'PACS',
  callingAe: 'CT1',
  implementationUid: '',
  implementationVersion: '',
  maxPdu: 16384,
  noncanonical: false,
  pduLength: 200,
  abstractSyntaxes: ['1.2.3'],
}; // prettier-ignore
const cmd = (name: string, rest: Partial<DicomCommand> = {}): Partial<DicomCommand> => ({
  name,
  command: 0,
  contextId: 1,
  sopClass: '',
  messageId: 1,
  respondedTo: -1,
  status: -1,
  hasDataset: false,
  moveDestination: '',
  moveOriginator: '',
  remaining: -1,
  completed: -1,
  failed: -1,
  warning: -1,
  instanceToken: '',
  callingAe: '',
  calledAe: '',
  ...rest,
}); // prettier-ignore
const rsp = (name: string, respondedTo: number, status: number, rest: Partial<DicomCommand> = {}) =>
  cmd(name, { respondedTo, status, ...rest });

t.test('NaN for a device that never spoke DICOM', async (t) => {
  const { w } = world();
  const names = w.features.schema.features.filter((f) => f.group === 'C').map((f) => f.name);
  t.equal(names.length, 17);
  for (const n of names) t.ok(Number.isNaN(w.get(n, 0, 1)), n);
});

t.test('34, 37, 43: associations by role, AE titles tried, new abstract syntaxes', async (t) => {
  const { w, flow } = world();
  w.event('dicom.associate.rq', 1, flow, 0, rq);
  w.event('dicom.associate.rq', 2, flow, 0, { ...rq, calledAe: 'ORTHANC', abstractSyntaxes: ['1.2.3', '1.2.4'] });
  t.equal(w.get('d_assoc_rate', 0, 3), 2);
  t.equal(w.get('d_assoc_in_rate', 0, 3), 0);
  t.equal(w.get('d_assoc_rate', 1, 3), 0);
  t.equal(w.get('d_assoc_in_rate', 1, 3), 2);
  t.equal(w.get('d_uniq_ae_tried', 0, 3), 2, 'called titles at the requestor');
  t.equal(w.get('d_uniq_ae_tried', 1, 3), 1, 'calling titles at the acceptor');
  t.equal(w.get('d_new_sop_ratio', 0, 3), 0);
  w.learned.on = false;
  w.event('dicom.associate.rq', 4, flow, 0, { ...rq, abstractSyntaxes: ['9.9'] });
  near(t, w.get('d_new_sop_ratio', 0, 5), 1 / 4);
  t.equal(w.get('d_assoc_rate', 0, 70), 0);
});

t.test('35, 36: rejected, aborted and cut off', async (t) => {
  const { w, flow } = world();
  for (let i = 0; i < 4; i++) w.event('dicom.associate.rq', i, flow, 0, rq);
  w.event('dicom.associate.rj', 1, flow, 1, {});
  w.event('dicom.abort', 2, flow, 0, {});
  w.event('dicom.unclean_close', 3, flow, 0, {});
  near(t, w.get('d_reject_abort_ratio', 0, 5), 2 / 4);
  near(t, w.get('d_reject_abort_ratio', 1, 5), 2 / 4);
  near(t, w.get('d_unclean_close_ratio', 1, 5), 1 / 4);
});

t.test('38, 39: C-FIND rate, matches, wildcards', async (t) => {
  const { w, flow } = world();
  for (let q = 1; q <= 2; q++) {
    w.event('dicom.command', q, flow, 0, cmd('C-FIND-RQ', { messageId: q }));
    w.event('dicom.dataset', q, flow, 0, {
      command: 'C-FIND-RQ',
      messageId: q,
      octets: 10,
      wildcard: q === 2,
      studyToken: '',
    });
    for (let m = 0; m < q * 3; m++) w.event('dicom.command', q, flow, 1, rsp('C-FIND-RSP', q, 0xff00));
    w.event('dicom.command', q, flow, 1, rsp('C-FIND-RSP', q, 0));
  }
  t.equal(w.get('d_find_rate', 0, 3), 2);
  t.equal(w.get('d_find_matches', 0, 3), 6);
  t.equal(w.get('d_find_matches', 1, 3), 6);
  near(t, w.get('d_find_wild_ratio', 1, 3), 1 / 2);
});

t.test('40, 44: retrieved instances and failures', async (t) => {
  const { w, flow } = world();
  w.event('dicom.command', 1, flow, 0, cmd('C-MOVE-RQ', { messageId: 5 }));
  w.event('dicom.command', 2, flow, 1, rsp('C-MOVE-RSP', 5, 0xff00, { completed: 2 }));
  w.event('dicom.command', 3, flow, 1, rsp('C-MOVE-RSP', 5, 0xff00, { completed: 4 }));
  w.event('dicom.command', 4, flow, 1, rsp('C-MOVE-RSP', 5, 0xb000, { completed: 5, failed: 1 }));
  // the end of a retrieve whose start was not seen
  w.event('dicom.command', 5, flow, 1, rsp('C-GET-RSP', 9, 0xc000, { completed: 7 }));
  // as an hour would bring, of no less than ten minutes
  t.equal(w.get('d_retrieve_inst', 0, 6), 72);
  near(t, w.get('d_retrieve_inst', 0, 1801), 24, 1e-3);
  near(t, w.get('d_retrieve_inst', 1, 3599), 12, 1e-3);
  t.equal(w.get('d_retrieve_inst', 1, 3661), 0);
  const v = world();
  for (const s of [0, 0xff00, 0xb000, 0x0107, 0xfe00, 0xa700, 0xc001, 0x0112]) {
    v.w.event('dicom.command', 1, v.flow, 1, rsp('C-STORE-RSP', 1, s));
  }
  near(t, v.w.get('d_fail_status_ratio', 0, 2), 3 / 8);
});

t.test('41, 42: C-STORE volume and studies touched', async (t) => {
  const { w, flow } = world();
  for (let i = 0; i < 5; i++) {
    w.event('dicom.command', i, flow, 0, cmd('C-STORE-RQ', { messageId: i }));
    w.event('dicom.dataset', i, flow, 0, {
      command: 'C-STORE-RQ',
      octets: 1000,
      wildcard: false,
      studyToken: `s${i % 3}`,
    });
  }
  near(t, w.get('d_store_bytes', 0, 10), 500);
  t.equal(w.get('d_store_inst', 1, 10), 5);
  t.equal(w.get('d_uniq_studies', 1, 10), 18);
});

t.test('45: time to the first response', async (t) => {
  const { w, flow } = world();
  for (let i = 1; i <= 20; i++) {
    w.event('dicom.command', i, flow, 0, cmd('C-ECHO-RQ', { messageId: i }));
    w.event('dicom.command', i + i / 1000, flow, 1, rsp('C-ECHO-RSP', i, 0));
  }
  // latencies 1 … 20 ms: the nearest rank of 0.95 is the 19th
  t.ok(Math.abs(w.get('d_rsp_p95', 0, 30) - 19) < 1e-3);
  w.event('dicom.command', 31, flow, 1, rsp('C-ECHO-RSP', 77, 0));
  t.ok(Math.abs(w.get('d_rsp_p95', 0, 32) - 19) < 1e-3, 'an answer without a question has no latency');
});

t.test('46, 47: violations and how full PDUs are', async (t) => {
  const { w, flow } = world();
  w.event('weird', 1, flow, 0, { weird: 'dicom.pdu.length' });
  w.event('weird', 1, flow, 0, { weird: 'tcp.overlap.differs' });
  t.equal(w.get('d_fsm_viol', 0, 2), 1);
  w.event('dicom.pdata', 2, flow, 0, { pduLength: 4096, negotiatedMax: 16384 });
  w.event('dicom.pdata', 2, flow, 0, { pduLength: 16384, negotiatedMax: 16384 });
  w.event('dicom.pdata', 2, flow, 0, { pduLength: 16384, negotiatedMax: 0 });
  near(t, w.get('d_pdu_mean', 1, 3), 0.625);
});
