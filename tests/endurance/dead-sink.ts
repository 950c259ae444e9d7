import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { settingsDefaults, type VerdictSinkClient } from '../../src/core/index.js';
import { createMqttSink, createPublisher, mqttSettings, publishSettings } from '../../src/publish/index.js';
import { openVerdictLog, storeSettings } from '../../src/store/index.js';
import { freePort, Mosquitto } from '../support/mosquitto.js';
import { haveProgram } from '../support/namespace.js';
import { someVerdict } from '../support/some-verdict.js';
import { type Outcome, skipped } from './stand.js';

const nowUs = (): number => performance.now() * 1000;
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1];
/** Verdicts of one run, and a second. */
const RUN = 1000;
const PER_S = 200;
const LINES = ['allow_anonymous true', 'set_tcp_nodelay true'];

const mqtt = (name: string, port: number): Promise<VerdictSinkClient> =>
  createMqttSink({
    name,
    settings: settingsDefaults(mqttSettings, { url: `mqtt://127.0.0.1:${port}` }),
    sensor: { site: 'site', name, version: '0' },
    bootId: 'boot',
    logger: { log: () => undefined },
    seed: 1,
    info: () => ({}),
    wallUs: () => Date.now() * 1000,
  });

/** Median time from submission to the broker's acknowledgement, µs, alone or with a second sink whose broker is dead. */
async function run(port: number, beside: number | null, dir: string): Promise<number> {
  const first = await mqtt('mqtt', port);
  const took: number[] = [];
  const given = new Map<string, number>();
  const measured: VerdictSinkClient = {
    name: first.name,
    start: () => first.start(),
    ready: () => first.ready(),
    state: () => first.state(),
    stop: (ms) => first.stop(ms),
    send: (v, handedOver) => {
      const p = first.send(v, handedOver);
      void p.then(() => took.push(nowUs() - (given.get(v.id) ?? 0)));
      return p;
    },
  };
  const logger = { log: () => undefined };
  const log = await openVerdictLog({
    path: join(dir, 'v.sqlite'),
    settings: settingsDefaults(storeSettings),
    logger,
    nowMs: 1,
  });
  const publisher = createPublisher({
    sinks: beside === null ? [measured] : [measured, await mqtt('other', beside)],
    log,
    settings: settingsDefaults(publishSettings),
    bootId: 'boot',
    wallUs: () => Date.now() * 1000,
    nowUs,
    logger,
    onHandedOver: () => undefined,
  });
  await publisher.start();
  await sleep(400);
  for (let n = 0; n < RUN; n++) {
    const id = `${process.hrtime.bigint()}`;
    given.set(id, nowUs());
    const timing = { ageUs: 0, builtUs: nowUs(), stages: { capture: 0, decode: 0, score: 0 } };
    publisher.submit({ verdict: someVerdict(id), observedUs: 1e15, live: true, timing });
    await sleep(1000 / PER_S);
  }
  await sleep(200);
  await publisher.stop(500);
  await log.close();
  // the first tenth warms the code
  return median(took.slice(RUN / 10));
}

/** One sink dead for the whole run: the other's latency against runs without the dead one, interleaved. */
export async function deadSink(count: number): Promise<Outcome> {
  if (!haveProgram('mosquitto')) return skipped('mosquitto is not installed');
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-dead-'));
  const alive = new Mosquitto(await freePort(), LINES);
  const nobody = await freePort();
  const alone: number[] = [];
  const dead: number[] = [];
  try {
    await alive.start();
    await run(alive.port, null, join(dir, 'warm'));
    for (let i = 0; i < count; i++) {
      // which of the two comes first changes, so that a drift of the machine falls on both
      const pair: [number[], number | null][] = [
        [alone, null],
        [dead, nobody],
      ];
      if (i % 2 === 1) pair.reverse();
      for (const [list, beside] of pair) list.push(await run(alive.port, beside, join(dir, `${i}-${beside}`)));
    }
    // of runs, not of pairs: a pair of which one run was disturbed says nothing
    const ratio = median(dead) / median(alone);
    const ms = (us: number): string => (us / 1000).toFixed(2);
    return {
      ok: ratio >= 0.95 && ratio <= 1.05,
      lines: [
        `${count} interleaved pairs of runs of ${RUN} verdicts: median acknowledgement ${ms(median(alone))} ms alone, ${ms(median(dead))} ms beside a dead sink`,
        `ratio ${ratio.toFixed(3)} (asked: 0.95 … 1.05)`,
      ],
    };
  } finally {
    await alive.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
