import t from 'tap';
import type { Verdict, VerdictDraft } from '../../src/core/index.js';
import { Alarms } from '../../src/runtime/alarms.js';
import { SelfWatch } from '../../src/runtime/self-watch.js';
import { someVerdict } from '../support/some-verdict.js';

const SPEC = { settings: { sensor: { site: 's', name: 'n' } }, version: '1' } as never;

function stage() {
  const told: Verdict[] = [];
  const clock = { us: 1e9 };
  const tell = (d: VerdictDraft): void => void told.push(d.verdict);
  return { told, clock, args: [SPEC, tell, () => 1.7e15 + clock.us, () => clock.us] as const };
}

t.test('an alarm is told at once, then once a minute with what came meanwhile, and closed', async (t) => {
  const { told, clock, args } = stage();
  const alarms = new Alarms(...args);
  const raise = (more = {}): void =>
    alarms.raise({
      scenario: 'sensor.loss',
      severity: 'high',
      count: 1,
      observed: 1,
      unit: 'x',
      text: 'X.',
      ...more,
    });
  raise();
  for (let s = 0; s < 150; s++) {
    clock.us += 1e6;
    raise();
    alarms.tick([]);
  }
  t.same(
    told.map((v) => [v.incident.state, v.incident.count]),
    [
      ['open', 1],
      ['update', 61],
      ['update', 121],
    ],
  );
  raise({ now: true });
  t.equal(told.length, 4, 'what got worse is told at once');
  alarms.clear('sensor.loss', 'It is over.');
  alarms.clear('sensor.loss', 'It is over.');
  t.match(told[4], {
    scenario: 'sensor.loss',
    incident: { state: 'closed', id: told[0].incident.id },
    device: { type: 'sensor' },
  });
  t.equal(told.length, 5);
});

t.test('late verdicts and overload are told at a bounded rate', async (t) => {
  const { told, clock, args } = stage();
  const watch = new SelfWatch(...args);
  t.teardown(() => watch.stop());
  const stages = { capture: 1000, decode: 2000, score: 0, ipc: 90_000, publish: 500 };
  for (let i = 0; i < 500; i++) {
    clock.us += 1e4;
    const late = someVerdict(`v${i}`, { latency_ms: 93.5, budget_ms: 25, within_budget: false });
    watch.handedOver(late, { latencyUs: 93_500, stages });
    watch.handedOver(someVerdict(`w${i}`), { latencyUs: 4000, stages });
  }
  t.equal(told.length, 1);
  t.match(told[0], {
    scenario: 'sensor.late',
    reasons: [{ text: /for a ventilator, took 93\.5 ms of 25, most of it in ipc/ }],
  });
  for (let i = 0; i < 50; i++) for (const rung of [1, 2, 1, 0]) watch.overload(rung, 14);
  t.same(
    told.slice(1).map((v) => [v.scenario, v.severity, v.incident.state]),
    [
      ['sensor.overload', 'low', 'open'],
      ['sensor.overload', 'medium', 'update'],
    ],
    'every rung, once',
  );
});
