import t from 'tap';
import { hinted } from '../../src/inventory/hints.js';
import { listenerEvidence, senderEvidence } from '../../src/inventory/hl7-role.js';

t.test('telling names', async (t) => {
  const table: [string, string][] = [
    ['VENT_ICU7', 'ventilator'],
    ['Evita V500', 'ventilator'],
    ['HAMILTON-C6', 'ventilator'],
    ['ALARIS^PCU', 'infusion-pump'],
    ['SPACE INFUSOMAT', 'infusion-pump'],
    ['IntelliVue MX800', 'patient-monitor'],
    ['CARESCAPE_B650', 'patient-monitor'],
    ['cobas 8000', 'lab-analyser'],
    ['GEM Premier 5000', 'lab-analyser'],
    ['LIFEPAK 15', 'defibrillator'],
    ['MIRTH', 'hl7-engine'],
    ['Primus IE', 'anaesthesia-machine'],
    ['HIS', 'ehr'],
    ['EPIC', 'ehr'],
    ['RIS', 'ris'],
    ['DCS-930LB', 'camera'],
    ['SOMATOM Force', 'ct-scanner'],
  ];
  for (const [text, type] of table) t.equal(hinted(text).type, type, text);
});

t.test('names that tell nothing', async (t) => {
  for (const text of ['', 'VENTANA', 'ADT1', 'INVENTORY', 'EVENTS', 'LAB', 'ADVENTIST', 'PREVENT']) {
    t.equal(hinted(text).type, '', text);
  }
});

t.test('what a device sends makes its name more or less telling', async (t) => {
  const weight = (type: string, app: string): number => senderEvidence(type, app, '')[0]?.weight ?? 0;
  t.ok(weight('ORU_R01', 'VENT1') >= 0.5);
  t.ok(weight('ADT_A01', 'VENT1') < 0.5, 'a ventilator sends no admissions');
  t.equal(weight('ORU_R01', 'HIS'), 0.5, 'a system passes results on');
  t.equal(weight('ORU_R01', 'LAB'), 0);
  t.match(senderEvidence('OUL_R22', 'X', ''), [{ type: 'lab-analyser' }]);
});

t.test('an engine is known by its senders', async (t) => {
  t.same(listenerEvidence(1, true), []);
  const w = [2, 3, 5, 8].map((n) => listenerEvidence(n, false)[0].weight);
  t.same(
    w,
    [...w].sort((a, b) => a - b),
  );
  t.ok(listenerEvidence(5, true)[0].weight > listenerEvidence(5, false)[0].weight);
});
