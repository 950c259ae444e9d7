import t from 'tap';
import { ev, LEARNED, Stage, T0 } from '../../support/detect-stage.js';

const ENGINE = '10.0.0.10';
const MONITOR = '10.0.0.20';
const OTHER = '10.0.0.30';

function stage(changes = {}): Stage {
  const s = new Stage(changes);
  s.device('hl7-engine', ENGINE);
  s.device('patient-monitor', MONITOR);
  s.device('workstation', OTHER);
  return s;
}

t.test('H01, H02: unknown sender, and a known one from another host', async (t) => {
  const s = stage();
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, T0), T0));
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, LEARNED), LEARNED, { controlToken: 'b' }));
  t.same(s.names(), []);
  s.event(ev.hl7(s.open(OTHER, ENGINE, 2575, LEARNED), LEARNED, { controlToken: 'c', sendingApp: 'EVIL' }));
  t.match(s.findings, [{ scenario: 'hl7.sender.unknown', severity: 'high', device: 0, peer: { ip: OTHER } }]);
  s.event(ev.hl7(s.open(OTHER, ENGINE, 2575, LEARNED), LEARNED, { controlToken: 'd' }));
  t.match(s.findings[1], { scenario: 'hl7.sender.wrong_host', severity: 'critical' });
});

t.test('H04: a retry is unchanged and soon; later or changed is a replay', async (t) => {
  const s = stage();
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, T0), T0, { controlToken: 'known sender' }));
  const flow = s.open(MONITOR, ENGINE, 2575, LEARNED);
  s.event(ev.hl7(flow, LEARNED));
  s.event(ev.hl7(flow, LEARNED + 30e6));
  s.event(ev.hl7(flow, LEARNED + 120e6));
  t.same(s.names(), [], 'retries within the window, edge included');
  s.event(ev.hl7(flow, LEARNED + 121e6));
  t.match(s.findings, [{ scenario: 'hl7.control_id.replayed', severity: 'high', device: 0 }]);
  t.equal(s.findings[0].reasons[0].observed, 121);
});

t.test('H04: another body under the same id, and the same message from another host', async (t) => {
  const s = stage();
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, T0), T0, { controlToken: 'known sender' }));
  const flow = s.open(MONITOR, ENGINE, 2575, LEARNED);
  s.event(ev.hl7(flow, LEARNED));
  s.event(ev.hl7(flow, LEARNED + 1e6, { bodyHash: 99 }));
  t.equal(s.of('hl7.control_id.replayed').length, 1, 'other body');
  s.event(ev.hl7(s.open(OTHER, ENGINE, 2575, LEARNED), LEARNED + 2e6, { bodyHash: 99 }));
  t.equal(s.of('hl7.control_id.replayed').length, 2, 'other host');
});

t.test('H04: a sender that counted from one again while learning is not a replayer', async (t) => {
  const s = stage();
  const flow = s.open(MONITOR, ENGINE, 2575, T0);
  s.event(ev.hl7(flow, T0, { bodyHash: 1 }));
  s.event(ev.hl7(flow, T0 + 1e6, { bodyHash: 2 }));
  t.match(s.findings, [{ scenario: 'hl7.control_id.replayed', severity: 'low' }], 'a note while learning');
  s.event(ev.hl7(flow, LEARNED, { bodyHash: 3 }));
  t.equal(s.findings.length, 1);
});

t.test('H04: the same message to two listeners is distribution', async (t) => {
  const s = stage();
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, T0), T0, { controlToken: 'x' }));
  s.event(ev.hl7(s.open(MONITOR, OTHER, 2575, T0), T0, { controlToken: 'x' }));
  s.event(ev.hl7(s.open(MONITOR, ENGINE, 2575, LEARNED), LEARNED));
  s.event(ev.hl7(s.open(MONITOR, OTHER, 2575, LEARNED), LEARNED + 500e6));
  t.same(s.names(), []);
});

t.test('acknowledgements are nobody’s messages', async (t) => {
  const s = stage();
  const flow = s.open(MONITOR, ENGINE, 2575, LEARNED);
  for (let i = 0; i < 3; i++)
    s.event(
      ev.hl7(flow, LEARNED + i * 200e6, { dir: 1, acknowledges: true, messageType: 'ACK_R01', sendingApp: 'ENGINE' }),
    );
  t.same(s.names(), []);
});
