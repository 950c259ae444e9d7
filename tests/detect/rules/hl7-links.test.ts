import t from 'tap';
import type { AppEvent } from '../../../src/core/index.js';
import { ev, LEARNED, Stage, T0 } from '../../support/detect-stage.js';

const ENGINE = '10.0.0.10';
const MONITOR = '10.0.0.20';

function stage(changes = {}): Stage {
  const s = new Stage(changes);
  s.device('hl7-engine', ENGINE);
  s.device('patient-monitor', MONITOR);
  return s;
}

const odd = (flow: number, tsUs: number, what: string, more: object = {}): AppEvent =>
  ({
    kind: 'hl7.odd',
    dir: 0,
    tsUs,
    flow,
    what,
    index: 3,
    code: '8867-4',
    detail: 'as said',
    sendingApp: 'MON',
    sendingFacility: 'ICU',
    partiesKey: 77,
    signed: true,
    ...more,
  }) as AppEvent;

t.test('H03: one broken habit is a note, several are an injection; what was learned is not told', async (t) => {
  const s = stage();
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, T0), T0, { breaks: 2 }));
  const flow = s.open(MONITOR, ENGINE, 2575, LEARNED);
  s.event(ev.hl7(flow, LEARNED, { breaks: 2, controlToken: 'b' }));
  t.same(s.of('hl7.injection'), []);
  s.event(ev.hl7(flow, LEARNED + 1e6, { breaks: 1, controlToken: 'c' }));
  s.event(ev.hl7(flow, LEARNED + 60e6, { breaks: 5, controlToken: 'd' }));
  t.match(s.of('hl7.injection'), [{ severity: 'medium' }, { severity: 'critical', reasons: [{ observed: 2 }] }]);
});

t.test('H06, H07, H08: by what was odd; unsigned limits stay low, a habit is not told', async (t) => {
  const s = stage();
  const before = s.open(MONITOR, ENGINE, 2575, T0);
  s.event(odd(before, T0, 'unit.changed', { code: 'learned' }));
  const flow = s.open(MONITOR, ENGINE, 2575, LEARNED);
  s.event(odd(flow, LEARNED, 'unit.changed', { code: 'learned' }));
  t.same(s.names(), []);
  s.event(odd(flow, LEARNED, 'unit.changed'));
  s.event(odd(flow, LEARNED, 'value.altered'));
  s.event(odd(flow, LEARNED, 'value.impossible'));
  s.event(odd(flow, LEARNED, 'value.impossible', { signed: false, code: 'other' }));
  t.match(s.findings, [
    { scenario: 'hl7.value.unit', severity: 'high', reasons: [{ observed: 3, unit: 'OBX' }] },
    { scenario: 'hl7.value.tampering', severity: 'critical' },
    { scenario: 'hl7.value.implausible', severity: 'high' },
    { scenario: 'hl7.value.implausible', severity: 'low', reasons: [{ text: /nobody of the site has signed/ }] },
  ]);
});

t.test('H07: flags that contradict their range, on a link that never did that', async (t) => {
  const s = stage();
  const flow = s.open(MONITOR, ENGINE, 2575, T0);
  s.event(ev.hl7(flow, T0));
  const now = s.open(MONITOR, ENGINE, 2575, LEARNED);
  s.event(ev.hl7(now, LEARNED, { controlToken: 'b', obxNumeric: 4, obxOutOfRange: 2, obxFlagMismatch: 2 }));
  t.match(s.of('hl7.value.implausible'), [{ severity: 'medium', reasons: [{ observed: 2 }] }]);
});

t.test('H09: an infusion order from a sender that never gave one', async (t) => {
  const s = stage();
  const order = { messageType: 'RGV_O15', sendingApp: 'BCMA' };
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, T0), T0, order));
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, LEARNED), LEARNED, { ...order, controlToken: 'b' }));
  t.same(s.of('hl7.infusion.order'), []);
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, LEARNED), LEARNED, { messageType: 'RGV_O15', controlToken: 'c' }));
  t.match(s.of('hl7.infusion.order'), [{ severity: 'critical', scenarioId: 'H09' }]);
});

t.test('H10: alarms flood, or no longer come while observations go on', async (t) => {
  const s = stage({ hl7_alarms_per_min: 5 });
  const flow = s.open(MONITOR, ENGINE, 2575, T0);
  const say = (atS: number, messageType: string): void =>
    s.event(ev.hl7(flow, LEARNED + atS * 1e6, { messageType, controlToken: `${messageType}${atS}` }));
  for (let i = 0; i < 30; i++) say(60 * i, 'ORU_R40');
  for (let i = 0; i < 61; i++) say(1800 + 58 * i, 'ORU_R01');
  t.same(s.of('hl7.alarm'), [], 'an hour is not yet long');
  say(1740 + 3601, 'ORU_R01');
  say(1740 + 3700, 'ORU_R01');
  t.match(s.of('hl7.alarm'), [{ key: 'missing', severity: 'high', reasons: [{ observed: 60, unit: 'min' }] }]);
  for (let i = 0; i < 4; i++) say(6000 + i, 'ORU_R40');
  t.equal(s.of('hl7.alarm').length, 1, 'one less than the limit');
  say(6004, 'ORU_R40');
  t.match(s.of('hl7.alarm')[1], { key: 'flood', reasons: [{ observed: 5 }] });
});

t.test('H15: acknowledgements of nothing; answers again and again are a fault of the link', async (t) => {
  const s = stage();
  const flow = s.open(MONITOR, ENGINE, 2575, LEARNED);
  for (let i = 0; i < 2; i++) s.event(ev.ack(flow, LEARNED + i * 1e6, { pairing: 'unknown' }));
  t.same(s.names(), []);
  s.event(ev.ack(flow, LEARNED + 3e6, { pairing: 'unknown' }));
  s.event(ev.ack(flow, LEARNED + 4e6, { pairing: 'unseen' }));
  t.match(s.findings, [{ scenario: 'hl7.ack.forged', severity: 'medium', role: 'victim' }]);
  for (let i = 0; i < 30; i++) s.event(ev.ack(flow, LEARNED + 10e6 + i, { pairing: 'duplicate' }));
  t.match(s.of('hl7.link.fault'), [{ severity: 'info', reasons: [{ observed: 10 }] }]);
});

t.test('a link’s framing is diagnosed while it is learned and a threat when it is new', async (t) => {
  const s = stage();
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, T0), T0, { framing: 'fs_only' }));
  t.match(s.findings, [{ scenario: 'hl7.link.fault', severity: 'info', reasons: [{ text: /FS alone/ }] }]);
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, LEARNED), LEARNED, { framing: 'fs_only', controlToken: 'b' }));
  t.equal(s.findings.length, 1);
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, LEARNED), LEARNED, { framing: 'fs_lf', controlToken: 'c' }));
  t.match(s.findings[1], { scenario: 'hl7.framing.smuggling', severity: 'high' });
});
