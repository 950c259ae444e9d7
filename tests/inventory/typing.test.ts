import t from 'tap';
import type { DicomCommand, Hl7Message } from '../../src/core/index.js';
import { AppProto } from '../../src/core/index.js';
import { HandInventory } from '../support/hand-inventory.js';
import { us } from '../support/hand-packets.js';
import { withKeys } from '../support/hl7-keys.js';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const STUDY_FIND = '1.2.840.10008.5.1.4.1.2.2.1';
const WORKLIST = '1.2.840.10008.5.1.4.31';

const cmd = (name: string, sopClass: string, rest: Partial<DicomCommand> = {}): Partial<DicomCommand> => ({
  name,
  sopClass,
  status: -1,
  moveOriginator: '',
  callingAe: 'A',
  calledAe: 'B',
  ...rest,
}); // prettier-ignore
const rsp = (name: string, sopClass: string, status = 0): Partial<DicomCommand> => cmd(name, sopClass, { status });
const msg = (messageType: string, sendingApp: string, sendingFacility = ''): Partial<Hl7Message> =>
  withKeys({
    messageType,
    sendingApp,
    sendingFacility,
    receivingApp: '',
    receivingFacility: '',
  }); // prettier-ignore

/** One exchange: question of the initiator and answer. */
function ask(
  w: HandInventory,
  flow: number,
  name: string,
  sop: string,
  status = 0,
  rest: Partial<DicomCommand> = {},
): void {
  w.event('dicom.command', flow, 0, cmd(`${name}-RQ`, sop, rest));
  w.event('dicom.command', flow, 1, rsp(`${name}-RSP`, sop, status));
}

t.test('DICOM roles', async (t) => {
  const w = new HandInventory();
  const store = w.talk('10.0.0.1', '10.0.0.2');
  ask(w, store, 'C-STORE', CT);
  t.match(w.at('10.0.0.1'), { type: 'imaging-modality', typePinned: false });
  t.equal(w.at('10.0.0.2').type, 'pacs');
  const before = w.at('10.0.0.1').typeConfidence;
  ask(w, w.talk('10.0.0.1', '10.0.0.3'), 'C-FIND', WORKLIST, 0xff00);
  t.ok(w.at('10.0.0.1').typeConfidence > before, 'a worklist makes it surer');
  t.equal(w.at('10.0.0.3').type, 'ris', 'a worklist alone is an information system');
  const view = w.talk('10.0.0.4', '10.0.0.2');
  ask(w, view, 'C-FIND', STUDY_FIND, 0xff00);
  t.equal(w.at('10.0.0.4').type, 'workstation');
  ask(w, view, 'C-MOVE', STUDY_FIND, 0xff00);
  t.ok(w.at('10.0.0.2').typeConfidence >= 0.9);
  // the images come to the viewer, which accepts C-STORE and is still a viewer; the archive is no modality
  const back = w.talk('10.0.0.2', '10.0.0.4');
  ask(w, back, 'C-STORE', CT, 0, { moveOriginator: 'VIEWER' });
  t.equal(w.at('10.0.0.4').type, 'workstation');
  t.equal(w.at('10.0.0.2').type, 'pacs');
  t.match(w.at('10.0.0.2').evidence[0], { source: 'dicom.role', weight: 0.9 });
  t.match(
    w.at('10.0.0.1').evidence.find((e) => e.source === 'dicom.role'),
    { value: /worklist|acquired/ },
  );
});

t.test('nothing telling leaves a device unknown', async (t) => {
  const w = new HandInventory();
  const f = w.talk('10.0.0.1', '10.0.0.2');
  ask(w, f, 'C-ECHO', '1.2.840.10008.1.1');
  ask(w, f, 'C-STORE', CAPTURE, 0xa700);
  ask(w, f, 'C-FIND', STUDY_FIND, 0xa700);
  t.equal(w.at('10.0.0.2').type, 'unknown', 'a refusal proves no service');
  w.event('hl7.message', f, 0, msg('ADT_A01', 'HIS'));
  w.event('hl7.ack', f, 1, { code: 'AA' });
  t.equal(w.at('10.0.0.2').type, 'unknown', 'one sender makes no engine');
  t.equal(w.at('10.0.0.2').typeConfidence, 0);
});

t.test('HL7: engines by their senders, devices by telling names only', async (t) => {
  const w = new HandInventory();
  const names = ['VENT_ICU7', 'ALARIS', 'IntelliVue', 'COBAS6000', 'HIS'];
  names.forEach((name, i) => {
    const f = w.talk(`10.0.0.${i + 1}`, '10.0.0.99', 2575);
    w.event('hl7.message', f, 0, msg(name === 'COBAS6000' ? 'OUL_R22' : 'ORU_R01', name));
    w.event('hl7.ack', f, 1, { code: 'AA' });
  });
  const types = ['ventilator', 'infusion-pump', 'patient-monitor', 'lab-analyser', 'unknown'];
  for (const [i, type] of types.entries()) t.equal(w.at(`10.0.0.${i + 1}`).type, type, names[i]);
  t.equal(w.at('10.0.0.99').type, 'hl7-engine');
  t.ok(w.at('10.0.0.99').typeConfidence >= 0.8);
  t.equal(w.at('10.0.0.1').criticality, 'life-critical', 'criticality follows the type');
  t.same(w.inventory.countByType(), {
    ventilator: 1,
    'infusion-pump': 1,
    'patient-monitor': 1,
    'lab-analyser': 1,
    unknown: 1,
    'hl7-engine': 1,
  }); // prettier-ignore
});

t.test('vital signs on UDP 24105, and the hello broadcast', async (t) => {
  const w = new HandInventory();
  w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.2', sport: 5000, dport: 24105 });
  w.send({ at: 1, from: '10.0.0.2', to: '10.0.0.1', sport: 24105, dport: 5000 });
  t.equal(w.at('10.0.0.2').type, 'patient-monitor');
  t.equal(w.at('10.0.0.1').type, 'unknown', 'the asker is none');
  w.send({ at: 2, from: '10.0.0.3', to: '255.255.255.255', sport: 24105, dport: 24005 });
  t.equal(w.at('10.0.0.3').type, 'patient-monitor');
  const f = w.talk('10.0.0.4', '10.0.0.5', 7000);
  w.event('service', f, 1, { app: AppProto.Vitals, version: '', credentials: false });
  t.equal(w.at('10.0.0.5').type, 'patient-monitor');
});

t.test('the operator’s word stays', async (t) => {
  const w = new HandInventory({}, 'ip,type,name,location,criticality\n10.0.0.1,ventilator,Vent 7,ICU,high\n');
  const f = w.talk('10.0.0.1', '10.0.0.2');
  ask(w, f, 'C-STORE', CT);
  t.match(w.at('10.0.0.1'), {
    id: 'ip-10-0-0-1',
    type: 'ventilator',
    typeConfidence: 1,
    typePinned: true,
    name: 'Vent 7',
    location: 'ICU',
    criticality: 'high',
  });
  t.same(
    w.at('10.0.0.1').evidence.map((e) => e.source),
    ['site', 'dicom.role'],
  );
});

t.test('a listed MAC keeps its type over addresses', async (t) => {
  const w = new HandInventory({}, 'mac,type\n00:1b:44:11:3a:b7,infusion-pump\n');
  w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.2', mac: '00:1b:44:11:3a:b7' });
  t.match(w.at('10.0.0.1'), { id: 'mac-001b44113ab7', type: 'infusion-pump' });
  t.equal(w.events.length, 0, 'a listed device is not new');
});

t.test('contradicting evidence lowers confidence', async (t) => {
  const w = new HandInventory();
  const f = w.talk('10.0.0.1', '10.0.0.2');
  w.event('hl7.message', f, 0, msg('ORU_R01', 'VENT'));
  const sure = w.at('10.0.0.1').typeConfidence;
  w.event('evidence', f, 0, { source: 'dhcp', field: 'vendor', value: 'Alaris PCU', about: 'initiator' });
  t.equal(w.at('10.0.0.1').vendor, 'Alaris PCU');
  t.ok(w.at('10.0.0.1').typeConfidence < sure);
});

t.test('a type without a profile is not used', async (t) => {
  const w = new HandInventory();
  const f = w.talk('10.0.0.1', '10.0.0.2');
  w.event('evidence', f, 0, { source: 'mdns', field: 'model', value: 'LaserJet 400', about: 'initiator' });
  t.match(w.at('10.0.0.1'), { type: 'unknown', model: 'LaserJet 400' });
});

t.test('names used: AE titles by role and HL7 applications, bounded', async (t) => {
  const w = new HandInventory();
  const f = w.talk('10.0.0.1', '10.0.0.2');
  for (let i = 0; i < 50; i++)
    w.event('dicom.associate.rq', f, 0, { callingAe: `TRY${i}`, calledAe: `GUESS${i}`, abstractSyntaxes: [] });
  ask(w, f, 'C-ECHO', '1.2.840.10008.1.1');
  t.equal(w.at('10.0.0.1').evidence.length, 8);
  t.same(
    w.at('10.0.0.2').evidence,
    [{ source: 'dicom.ae.called', value: 'B', weight: 0 }],
    'guesses are not its names',
  );
});

t.test('equipment names an image only for the device that made it', async (t) => {
  const w = new HandInventory();
  const set = { command: 'C-STORE-RQ', manufacturer: 'ACME', model: 'Scan 9', modality: 'CT' };
  const f = w.talk('10.0.0.1', '10.0.0.2');
  w.event('dicom.command', f, 0, cmd('C-STORE-RQ', CT));
  w.event('dicom.dataset', f, 0, set);
  t.match(w.at('10.0.0.1'), { vendor: 'ACME', model: 'Scan 9' });
  const g = w.talk('10.0.0.2', '10.0.0.3');
  w.event('dicom.command', g, 0, cmd('C-STORE-RQ', CT, { moveOriginator: 'VIEWER' }));
  w.event('dicom.dataset', g, 0, set);
  t.equal(w.at('10.0.0.2').vendor, null);
});

t.test('patient-connected while vital signs flow, with a time-out', async (t) => {
  const w = new HandInventory({ patient_timeout_s: 60 });
  const f = w.talk('10.0.0.1', '10.0.0.2', 2575);
  const vent = w.at('10.0.0.1').index;
  w.event('hl7.message', f, 0, msg('ORU_R01', 'VENT'), 10);
  w.inventory.tick(us(30));
  t.equal(w.inventory.directory.patientConnected?.(vent), true);
  t.equal(w.inventory.directory.get(vent).patientConnected, true);
  w.inventory.tick(us(71));
  t.equal(w.inventory.directory.patientConnected?.(vent), false);
  // an engine that forwards the same message has no patient
  w.event('hl7.message', w.talk('10.0.0.2', '10.0.0.3', 2575), 0, msg('ORU_R01', 'MIRTH'), 80);
  w.inventory.tick(us(81));
  t.equal(w.inventory.directory.patientConnected?.(w.at('10.0.0.2').index), false);
  w.send({ at: 100, from: '10.0.0.8', to: '255.255.255.255', sport: 24105, dport: 24005 });
  w.inventory.tick(us(101));
  t.equal(w.inventory.directory.patientConnected?.(w.at('10.0.0.8').index), true);
});

t.test('forged monitors cannot hold the whole table for good', async (t) => {
  const w = new HandInventory({ max_devices: 16 });
  for (let i = 1; i <= 60; i++)
    w.send({ at: i, from: `10.0.0.${i}`, to: '255.255.255.255', sport: 24105, dport: 24005 });
  t.equal(w.counters.get('wardwire_devices_total', { what: 'refused' }), 0);
  const d = w.send({ at: 100, from: '10.1.0.1', to: '10.1.0.2' });
  t.equal(w.id(d), 'ip-10-1-0-1');
});

t.test('a type survives export and import as evidence among others', async (t) => {
  const w = new HandInventory();
  ask(w, w.talk('10.0.0.1', '10.0.0.2'), 'C-STORE', CT);
  const v = new HandInventory();
  v.inventory.importDevices(JSON.parse(JSON.stringify(w.inventory.exportDevices())));
  t.equal(v.at('10.0.0.1').type, 'imaging-modality');
  v.event('dicom.associate.rq', v.talk('10.0.0.1', '10.0.0.2'), 0, {
    callingAe: 'CT1',
    calledAe: 'P',
    abstractSyntaxes: [],
  });
  t.equal(v.at('10.0.0.1').type, 'imaging-modality', 'a name does not wipe it');
});

t.test('bulk traffic is that of devices known to be imaging, archive or office', async (t) => {
  const w = new HandInventory();
  t.same(w.inventory.bulkAddresses(), [], 'nobody is known yet');
  ask(w, w.talk('10.0.0.1', '10.0.0.2'), 'C-STORE', CT);
  w.send({ at: 1, from: '10.0.0.8', to: '255.255.255.255', sport: 24105, dport: 24005 });
  w.send({ at: 1, from: '10.0.0.9', to: '10.0.0.2' });
  t.equal(w.at('10.0.0.8').type, 'patient-monitor');
  t.same(w.inventory.bulkAddresses().sort(), ['10.0.0.1', '10.0.0.2'], 'neither the monitor nor the unknown one');
});
