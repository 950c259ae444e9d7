import t from 'tap';
import { FlowMark } from '../../../src/core/index.js';
import { ev, LEARNED, Stage, T0 } from '../../support/detect-stage.js';

const PACS = '10.0.0.10';
const CT = '10.0.0.20';
const VIEWER = '10.0.0.30';

function stage(changes = {}): Stage {
  const s = new Stage(changes);
  s.device('pacs', PACS);
  s.device('imaging-modality', CT);
  s.device('workstation', VIEWER);
  return s;
}

t.test(
  'D01: a calling AE that was never learned at the acceptor is reported there, a learned one is not',
  async (t) => {
    const s = stage();
    s.event(ev.associate(s.open(CT, PACS, 104, T0), T0, 'CT1'));
    t.same(s.names(), [], 'learning: nothing is said');
    s.event(ev.associate(s.open(CT, PACS, 104, LEARNED), LEARNED, 'CT1'));
    t.same(s.names(), [], 'learned: known');
    s.event(ev.associate(s.open(VIEWER, PACS, 104, LEARNED), LEARNED, 'EVIL'));
    t.same(s.names(), ['dicom.ae.unknown']);
    const [f] = s.findings;
    t.match(f, { scenarioId: 'D01', device: 0, role: 'victim', severity: 'high', pValue: null });
    t.match(f.peer, { ip: VIEWER, device: 2 });
    t.match(f.reasons[0], { what: 'rule', observed: 'EVIL' });
    t.match(f.reasons[0].text, /EVIL at 10\.0\.0\.30/);
    t.match(f.attack, [
      { framework: 'ATT&CK ICS', id: 'T0886' },
      { framework: 'ATT&CK Enterprise', id: 'T1021' },
    ]);
  },
);

t.test('D02: a known AE from another host', async (t) => {
  const s = stage();
  s.event(ev.associate(s.open(CT, PACS, 104, T0), T0, 'CT1'));
  s.event(ev.associate(s.open(VIEWER, PACS, 104, LEARNED), LEARNED, 'CT1'));
  t.same(s.names(), ['dicom.ae.wrong_host']);
});

t.test('D03: five different rejected titles are guessing; one title rejected often is not', async (t) => {
  const s = stage();
  for (let i = 0; i < 20; i++) s.event(ev.reject(s.open(VIEWER, PACS, 104, T0 + i), T0 + i * 1e5, 'ME', 'WRONG'));
  t.same(s.names(), [], 'a misconfiguration');
  for (let i = 0; i < 3; i++) s.event(ev.reject(s.open(VIEWER, PACS, 104, T0), LEARNED + i, 'ME', `GUESS${i}`));
  t.same(s.names(), [], 'three guesses');
  for (let i = 3; i < 5; i++) s.event(ev.reject(s.open(VIEWER, PACS, 104, T0), LEARNED + i, 'ME', `GUESS${i}`));
  t.same(s.names(), ['dicom.ae.brute_force']);
  t.match(s.findings[0], { device: 0, severity: 'high' });
});

t.test('D03: guesses spread over hours, and rejections for other reasons, are no guessing', async (t) => {
  const s = stage();
  for (let i = 0; i < 20; i++) s.event(ev.reject(s.open(VIEWER, PACS, 104, T0), LEARNED + i * 61e6, 'ME', `GUESS${i}`));
  for (let i = 0; i < 20; i++) s.event(ev.reject(s.open(VIEWER, PACS, 104, T0), LEARNED + 4e9 + i, 'ME', `X${i}`, 1));
  t.same(s.names(), []);
});

t.test('D05: a query without keys weighs by what comes back', async (t) => {
  const s = stage({ find_matches: 10 });
  const flow = s.open(VIEWER, PACS, 104, LEARNED);
  s.event(ev.dataset(flow, LEARNED, { wildcard: false }));
  for (let i = 0; i < 50; i++) s.event(ev.command(flow, LEARNED, 'C-FIND-RSP', { status: 0xff00 }));
  t.same(s.names(), [], 'a selective query may have many answers');
  s.event(ev.dataset(flow, LEARNED + 1e6, { wildcard: true, messageId: 2 }));
  t.same(
    s.findings.map((f) => [f.scenario, f.severity]),
    [['dicom.find.enumeration', 'high']],
    'one step below: no answers yet',
  );
  for (let i = 0; i < 9; i++)
    s.event(ev.command(flow, LEARNED + 1e6, 'C-FIND-RSP', { status: 0xff00, respondedTo: 2 }));
  t.equal(s.findings.length, 1, 'nine answers');
  s.event(ev.command(flow, LEARNED + 1e6, 'C-FIND-RSP', { status: 0xff00, respondedTo: 2 }));
  t.match(s.findings[1], { severity: 'critical', device: 0 });
  t.equal(s.findings[1].reasons[1].observed, 10);
});

t.test('D05: wide queries learned as a habit of this viewer stay quiet until they come in numbers', async (t) => {
  const s = stage();
  const flow = s.open(VIEWER, PACS, 104, T0);
  s.event(ev.dataset(flow, T0, { wildcard: true }));
  t.same(s.names(), [], 'learning');
  s.event(ev.dataset(flow, LEARNED, { wildcard: true }));
  t.same(s.names(), [], 'habit');
  s.event(ev.dataset(flow, LEARNED + 1e6, { wildcard: true }));
  s.event(ev.dataset(flow, LEARNED + 2e6, { wildcard: true }));
  t.same(
    s.findings.map((f) => f.severity),
    ['critical'],
    'three a minute',
  );
});

t.test('D05: worklist queries are wide by design', async (t) => {
  const s = stage();
  const flow = s.open(CT, PACS, 104, LEARNED);
  for (let i = 1; i < 8; i++) {
    s.event(ev.command(flow, LEARNED, 'C-FIND-RQ', { sopClass: '1.2.840.10008.5.1.4.31', messageId: i }));
    s.event(ev.dataset(flow, LEARNED, { wildcard: true, messageId: i, queryLevel: '' }));
  }
  t.notOk(s.names().includes('dicom.find.enumeration'));
});

t.test('D06: a move destination new for this requester', async (t) => {
  const s = stage();
  const flow = s.open(VIEWER, PACS, 104, T0);
  s.event(ev.command(flow, T0, 'C-MOVE-RQ', { moveDestination: 'VIEWER' }));
  s.event(ev.command(flow, LEARNED, 'C-MOVE-RQ', { moveDestination: 'VIEWER' }));
  t.same(s.names(), []);
  s.event(ev.command(flow, LEARNED, 'C-MOVE-RQ', { moveDestination: 'EVIL' }));
  t.match(s.findings, [{ scenario: 'dicom.move.destination', severity: 'critical', key: 'EVIL' }]);
});

t.test('D14: requests above the flood limit, told once per five seconds', async (t) => {
  const s = stage({ associations_per_min: 30 });
  const burst = (n: number, from: number): void => {
    for (let i = 0; i < n; i++) s.event(ev.associate(s.open(CT, PACS, 104, from), from + i * 1e4, 'CT1'));
  };
  burst(1, T0);
  burst(29, LEARNED);
  t.same(s.of('dicom.association.flood'), []);
  burst(30, LEARNED + 200e6);
  t.equal(s.of('dicom.association.flood').length, 1);
  t.match(s.of('dicom.association.flood')[0], { severity: 'critical', device: 0 });
});

t.test('D14: a rate learned as normal is not a flood', async (t) => {
  const s = stage({ associations_per_min: 30 });
  for (let i = 0; i < 60; i++) s.event(ev.associate(s.open(CT, PACS, 104, T0), T0 + i * 1e4, 'CT1'));
  s.findings.length = 0;
  for (let i = 0; i < 60; i++) s.event(ev.associate(s.open(CT, PACS, 104, LEARNED), LEARNED + i * 1e4, 'CT1'));
  t.same(s.of('dicom.association.flood'), []);
});

t.test('D14: while a server is learned only a jump is a flood', async (t) => {
  const busy = new Stage({ associations_per_min: 30 }, undefined, 3600);
  const server = busy.device('pacs', PACS);
  busy.device('imaging-modality', CT);
  t.equal(server, 0);
  const every = (gapUs: number, from: number, until: number): void => {
    for (let at = from; at < until; at += gapUs) busy.event(ev.associate(busy.open(CT, PACS, 104, at), at, 'CT1'));
  };
  every(1e6, T0, T0 + 500e6);
  t.same(busy.of('dicom.association.flood'), [], 'sixty a minute from the first minute on are its work');
  every(5e4, T0 + 500e6, T0 + 530e6);
  t.match(busy.of('dicom.association.flood'), [{ device: server }]);
});

t.test('D10, D12, D13: what the decoder calls odd is a scenario; other oddities are not', async (t) => {
  const s = stage();
  const flow = s.open(CT, PACS, 104, LEARNED);
  s.event(ev.weird(flow, LEARNED, 'dicom.state.rq_repeated'));
  s.event(ev.weird(flow, LEARNED, 'dicom.state.rq_repeated'));
  t.match(s.findings, [
    {
      scenario: 'dicom.state.violation',
      scenarioId: 'D12',
      severity: 'high',
      device: 0,
      key: 'dicom.state.rq_repeated',
    },
  ]);
  s.event(ev.weird(flow, LEARNED, 'tcp.overlap.differs'));
  t.equal(s.findings.length, 1);
});

t.test('D12: where the sensor missed bytes an oddity weighs two steps less', async (t) => {
  const s = stage();
  const flow = s.open(CT, PACS, 104, LEARNED);
  s.columns.marks[flow] |= FlowMark.Gap;
  s.event(ev.weird(flow, LEARNED, 'dicom.state.rq_repeated'));
  t.match(s.findings, [{ severity: 'low' }]);
  t.match(s.findings[0].reasons[0].text, /the sensor missed parts/);
});

t.test('learning lowers severity by one step', async (t) => {
  const severity = (tsUs: number): string => {
    const s = stage();
    s.event(ev.weird(s.open(CT, PACS, 104, tsUs), tsUs, 'dicom.state.rq_repeated'));
    return s.findings[0].severity;
  };
  t.equal(severity(T0), 'medium');
  t.equal(severity(LEARNED), 'high');
});
