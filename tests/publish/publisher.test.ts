import t from 'tap';
import {
  type SinkState,
  settingsDefaults,
  type Verdict,
  type VerdictDraft,
  type VerdictSinkClient,
} from '../../src/core/index.js';
import { createPublisher, explain, finalise, publishSettings, type Stamp } from '../../src/publish/index.js';

const draft = (severity: Verdict['severity'], n = 0): VerdictDraft => ({
  observedUs: 1e15,
  live: true,
  timing: { ageUs: 1000, builtUs: 1000, stages: { capture: 500, decode: 500, score: 0 } },
  verdict: {
    id: `${severity}${n}`,
    severity,
    budget_ms: 25,
    incident: {},
    device: { id: `${severity}${n}`, type: 'ventilator' },
  } as unknown as Verdict,
}); // prettier-ignore

/** What a publisher is given where a test has no wish of its own. */
const PLAIN = {
  settings: settingsDefaults(publishSettings),
  bootId: 'b',
  wallUs: () => 1e15,
  nowUs: () => performance.now() * 1000,
  logger: { log: () => undefined },
  onHandedOver: () => undefined,
};

t.test('the deadline clock', async (t) => {
  const at = (nowUs: number, issuedUs = 1e15): Stamp => ({ seq: 3, bootId: 'b', issuedUs, nowUs });
  const live = finalise(draft('high'), at(24_000, 1e15 + 24_000));
  t.match(live.verdict, {
    seq: 3,
    boot_id: 'b',
    latency_ms: 24,
    within_budget: true,
    issued_at: '2001-09-09T01:46:40.024000Z',
  });
  t.equal(finalise(draft('high'), at(26_000)).verdict.within_budget, false);
  for (const step of [-9e9, 9e9])
    t.equal(finalise(draft('high'), at(5000, 1e15 + step)).verdict.latency_ms, 5, 'a wall clock that was set');
  const replay = finalise({ ...draft('high'), live: false }, at(2500));
  t.equal(replay.latencyUs, 2500, 'from the entry into the pipeline');
  t.throws(() => {
    (live.verdict as { seq: number }).seq = 9;
  }, 'immutable');
});

/** A sink whose other side is the test. */
class Scripted implements VerdictSinkClient {
  constructor(readonly name = 'scripted') {}
  up = false;
  stopped = false;
  sent: string[] = [];
  answers: { ok: () => void; no: (e: Error) => void }[] = [];
  async start(): Promise<void> {}
  ready(): boolean {
    return this.up && this.answers.length < 2;
  }
  send(v: Verdict, handedOver: () => void): Promise<void> {
    this.sent.push(v.id);
    handedOver();
    return new Promise((resolve, reject) => this.answers.push({ ok: resolve, no: reject }));
  }
  state(): SinkState {
    return { connected: this.up, inFlight: this.answers.length, published: 0, failures: 0, lastError: null };
  }
  async stop(): Promise<void> {
    this.stopped = true;
  }
  async answer(error?: Error): Promise<void> {
    const a = this.answers.shift();
    if (error) a?.no(error);
    else a?.ok();
    await new Promise((r) => setTimeout(r, 1));
  }
}

t.test('a sink away: the gravest first, the least dropped, what was lost comes again', async (t) => {
  const sink = new Scripted();
  const logged: string[] = [];
  const acked: string[] = [];
  const p = createPublisher({
    sinks: [sink],
    log: {
      begin: () => undefined,
      end: () => undefined,
      append: (v) => logged.push(v.id),
      acked: (_s, id) => acked.push(id),
      pending: async () => [],
    },
    settings: settingsDefaults(publishSettings, { queue_max: 4 }),
    bootId: 'b',
    wallUs: () => 1e15,
    nowUs: () => performance.now() * 1000,
    logger: { log: () => undefined },
    onHandedOver: () => undefined,
  }); // prettier-ignore
  for (const [s, n] of [
    ['low', 1],
    ['critical', 1],
    ['info', 1],
    ['high', 1],
    ['critical', 2],
  ] as const)
    p.submit(draft(s, n));
  t.same(logged.length, 5, 'everything is in the log');
  t.match(p.state(), { connected: false, queued: 5, dropped: 1 }, 'one of them waits in the log only');
  sink.up = true;
  p.submit(draft('medium', 1));
  t.same(sink.sent, ['critical1', 'critical2'], 'within the window, the gravest first');
  await sink.answer();
  t.same(acked, ['critical1']);
  t.same(sink.sent.slice(2), ['high1']);
  await sink.answer(Object.assign(new Error('the connection was lost'), { retry: true }));
  await sink.answer();
  await sink.answer();
  await sink.answer();
  t.ok(sink.sent.filter((x) => x === 'critical2').length === 2, 'sent again');
  await sink.answer(new Error('refused'));
  t.equal(p.state().failures <= 1, true);
  await p.stop(100);
});

t.test('a connection that breaks with several under way: they come again in their order', async (t) => {
  const sink = new Scripted();
  sink.up = true;
  const p = createPublisher({
    sinks: [sink],
    log: null,
    ...PLAIN,
  });
  await p.start();
  for (let n = 1; n <= 4; n++) {
    const d = draft('high', n);
    p.submit({ ...d, verdict: { ...d.verdict, device: { ...d.verdict.device, id: 'one' } } });
  }
  sink.up = false;
  const lost = Object.assign(new Error('lost'), { retry: true });
  for (const a of sink.answers.splice(0)) a.no(lost);
  await new Promise((r) => setTimeout(r, 5));
  sink.up = true;
  for (let i = 0; i < 50 && sink.sent.length < 6; i++) {
    await new Promise((r) => setTimeout(r, 20));
    if (sink.answers.length === 2) for (const a of sink.answers.splice(0)) a.ok();
  }
  t.same(sink.sent, ['high1', 'high2', 'high1', 'high2', 'high3', 'high4']);
  await p.stop(100);
});

t.test('reasons in plain words', async (t) => {
  t.match(explain(0x87, '').text, /not authorised/);
  t.match(explain('SELF_SIGNED_CERT_IN_CHAIN', '').text, /ca_file/);
  t.match(explain('CERT_HAS_EXPIRED', '').text, /expired/);
  t.match(explain('ECONNREFUSED', '').text, /nothing listens/);
  t.match(explain(undefined, 'odd').text, /odd/);
});

t.test(
  'sinks are exchanged while verdicts come: what one was given and did not answer goes to the one after it',
  async (t) => {
    const [old, other, fresh, third] = ['a', 'b', 'a', 'c'].map((n) => new Scripted(n));
    for (const s of [old, other, fresh, third]) s.up = true;
    const begun: string[] = [];
    const ended: string[] = [];
    const owed = new Map<string, Verdict>();
    const p = createPublisher({
      sinks: [old, other],
      log: {
        begin: (s) => begun.push(s),
        end: (s) => ended.push(s),
        append: (v) => owed.set(v.id, v),
        acked: (s, id, settled) => {
          if (s === 'a') owed.delete(id);
          settled();
          return true;
        },
        pending: async (s) => (s === 'a' ? [...owed.values()] : []),
      },
      ...PLAIN,
    });
    await p.start();
    p.submit(draft('high', 1));
    t.same(old.sent, ['high1']);
    // the old one never answers; meanwhile more verdicts come
    const changed = p.change([fresh, third]);
    p.submit(draft('high', 2));
    t.same(third.sent, [], 'not started yet');
    t.same(await changed, []);
    t.ok(old.stopped && other.stopped && !fresh.stopped);
    t.same(other.sent, ['high1'], 'a sink that is gone hears no more');
    t.same([begun, ended], [['a', 'b', 'c'], ['b']]);
    for (let i = 0; i < 100 && fresh.sent.length < 2; i++) await new Promise((r) => setTimeout(r, 10));
    t.same(fresh.sent.sort(), ['high1', 'high2']);
    t.same(third.sent, ['high2'], 'one never seen before is owed nothing older');
    await fresh.answer();
    t.same(
      p.state().sinks.map((s) => s.name),
      ['a', 'c'],
    );
    await p.stop(50);
  },
);
