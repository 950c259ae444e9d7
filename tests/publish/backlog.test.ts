import { join } from 'node:path';
import t from 'tap';
import {
  type Severity,
  type SinkState,
  settingsDefaults,
  type Verdict,
  type VerdictDraft,
  type VerdictSinkClient,
} from '../../src/core/index.js';
import { createPublisher, publishSettings } from '../../src/publish/index.js';
import { openVerdictLog, storeSettings } from '../../src/store/index.js';
import { temporaryFolder } from '../support/wardwire.js';

t.setTimeout(120_000);

const draft = (n: number, device: string, severity: Severity = 'medium'): VerdictDraft => ({
  observedUs: 1e15,
  live: true,
  timing: { ageUs: 0, builtUs: 0, stages: { capture: 0, decode: 0, score: 0 } },
  verdict: {
    id: `v${n}`,
    severity,
    budget_ms: 25,
    observed_at: '2026-01-01T00:00:00.000000Z',
    incident: {},
    device: { id: device, type: 'ventilator' },
    text: 'x'.repeat(1500),
  } as unknown as Verdict,
});

/** A sink that acknowledges after a moment, as a broker on loopback does; 16 under way at most. */
class Quick implements VerdictSinkClient {
  readonly name = 'quick';
  up = false;
  readonly got: Verdict[] = [];
  underWay = 0;
  most = 0;
  async start(): Promise<void> {}
  ready(): boolean {
    return this.up && this.underWay < 16;
  }
  send(v: Verdict, handedOver: () => void): Promise<void> {
    if (!this.up) return Promise.reject(Object.assign(new Error('away'), { retry: true }));
    handedOver();
    this.most = Math.max(this.most, ++this.underWay);
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        this.underWay--;
        if (!this.up) return reject(Object.assign(new Error('the connection was lost'), { retry: true }));
        this.got.push(v);
        resolve();
      });
    });
  }
  state(): SinkState {
    return { connected: this.up, inFlight: this.underWay, published: this.got.length, failures: 0, lastError: null };
  }
  async stop(): Promise<void> {}
}

async function stage(dir: string, sink: VerdictSinkClient, bootId: string, queue_max = 50) {
  const log = await openVerdictLog({
    path: join(dir, 'verdicts.sqlite'),
    settings: settingsDefaults(storeSettings),
    nowMs: 1,
    logger: { log: () => undefined },
  });
  const publisher = createPublisher({
    sinks: [sink],
    log,
    settings: settingsDefaults(publishSettings, { queue_max }),
    bootId,
    wallUs: () => performance.now() * 1000,
    nowUs: () => performance.now() * 1000,
    logger: { log: () => undefined },
    onHandedOver: () => undefined,
  });
  await publisher.start();
  return { log, publisher };
}

async function until(what: () => boolean, ms = 60_000): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end && !what(); )
    await new Promise((r) => setTimeout(r, 10));
  return what();
}

t.test('a broker that was away: everything comes, once, in order of each device, the critical at once', async (t) => {
  const sink = new Quick();
  const { log, publisher } = await stage(temporaryFolder(t), sink, 'a');
  const N = 5000;
  const DEVICES = 40;
  for (let n = 0; n < N; n++) publisher.submit(draft(n, `d${n % DEVICES}`, n % 7 === 0 ? 'high' : 'low'));
  t.equal(publisher.state().queued, N, 'all are owed');
  sink.up = true;
  await until(() => sink.got.length > 100);
  const before = sink.got.length;
  publisher.submit(draft(N, 'new', 'critical'));
  t.ok(await until(() => sink.got.some((v) => v.id === `v${N}`), 1000), 'a live critical one within a second');
  t.ok(sink.got.findIndex((v) => v.id === `v${N}`) - before < 40, 'and ahead of what was owed');
  t.ok(await until(() => sink.got.length >= N + 1), `${sink.got.length} of ${N + 1} came`);
  t.equal(new Set(sink.got.map((v) => v.id)).size, N + 1, 'each once');
  for (let d = 0; d < DEVICES; d++) {
    const seqs = sink.got.filter((v) => v.device.id === `d${d}`).map((v) => v.seq);
    t.same(
      seqs,
      [...seqs].sort((a, b) => a - b),
      `d${d} in order`,
    );
  }
  t.ok(sink.most <= 16);
  t.ok(await until(() => publisher.state().queued === 0));
  t.same(await log.pending('quick', 10), [], 'nothing is owed any more');
  await publisher.stop(1000);
  await log.close();
});

t.test('what an earlier start could not deliver is delivered by the next, with its own number and start', async (t) => {
  const dir = temporaryFolder(t);
  const dead = new Quick();
  const first = await stage(dir, dead, 'first');
  for (let n = 0; n < 300; n++) first.publisher.submit(draft(n, `d${n % 3}`));
  await first.publisher.stop(0);
  await first.log.close();
  const sink = new Quick();
  const second = await stage(dir, sink, 'second');
  sink.up = true;
  second.publisher.submit(draft(1000, 'd9'));
  t.ok(await until(() => sink.got.length >= 301));
  t.equal(sink.got[0].id, 'v1000', 'live ones come first');
  t.same(
    sink.got.slice(1, 4).map((v) => [v.id, v.boot_id, v.seq]),
    [
      ['v0', 'first', 1],
      ['v1', 'first', 2],
      ['v2', 'first', 3],
    ],
  );
  await second.publisher.stop(1000);
  await second.log.close();
  const third = await stage(dir, new Quick(), 'third');
  t.same(await third.log.pending('quick', 10), [], 'and never again');
  await third.publisher.stop(0);
  await third.log.close();
});

t.test('a connection that flaps loses nothing', async (t) => {
  const sink = new Quick();
  const { log, publisher } = await stage(temporaryFolder(t), sink, 'a', 16);
  const N = 2000;
  const flap = setInterval(() => {
    sink.up = !sink.up;
  }, 7);
  for (let n = 0; n < N; n++) {
    publisher.submit(draft(n, `d${n % 11}`));
    if (n % 50 === 0) await new Promise((r) => setTimeout(r, 1));
  }
  await new Promise((r) => setTimeout(r, 300));
  clearInterval(flap);
  sink.up = true;
  t.ok(
    await until(() => new Set(sink.got.map((v) => v.id)).size >= N),
    `${new Set(sink.got.map((v) => v.id)).size} of ${N}`,
  );
  t.ok(sink.got.length - N <= 0.2 * N, `${sink.got.length - N} came twice, under the same id`);
  await publisher.stop(1000);
  await log.close();
});
