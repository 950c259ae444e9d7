import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  SEVERITIES,
  settingsDefaults,
  type Verdict,
  type VerdictDraft,
  type VerdictSinkClient,
} from '../../src/core/index.js';
import { createMqttSink, createPublisher, mqttSettings, publishSettings } from '../../src/publish/index.js';
import { openVerdictLog, storeSettings } from '../../src/store/index.js';
import { freePort, Mosquitto } from '../support/mosquitto.js';
import { haveProgram } from '../support/namespace.js';
import { someVerdict } from '../support/some-verdict.js';
import { Running } from '../support/wardwire.js';
import { Heard, type Outcome, skipped, waitFor } from './stand.js';

const DEVICES = 500;
/** The shipped default. */
const CAP_MIB = 1024;
const nowUs = (): number => performance.now() * 1000;

function draft(n: number, severity: Verdict['severity']): VerdictDraft {
  const device = { ...someVerdict().device, id: `mac-0030e6${String(n % DEVICES).padStart(6, '0')}` };
  return {
    verdict: someVerdict(`v${n}`, { severity, device }),
    observedUs: 1e15,
    live: true,
    timing: { ageUs: 1000, builtUs: nowUs(), stages: { capture: 500, decode: 500, score: 0 } },
  };
}

/** Below this many verdicts the program itself, its code and caches, is most of what grows. */
const TELLING = 50_000;

const rssMib = (): number => {
  global.gc?.();
  return process.memoryUsage.rss() / 1048576;
};

function diskMib(dir: string): number {
  return readdirSync(dir).reduce((sum, f) => sum + statSync(join(dir, f)).size, 0) / 1048576;
}

/** An hour's worth of verdicts while the broker is away, then the broker comes back. The control process's publisher, log and sink. */
export async function outage(count: number): Promise<Outcome> {
  if (!haveProgram('mosquitto') || !haveProgram('mosquitto_sub')) return skipped('mosquitto is not installed');
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-outage-'));
  const port = await freePort();
  const broker = new Mosquitto(port, ['allow_anonymous true', 'max_queued_messages 0', 'set_tcp_nodelay true']);
  const logger = { log: () => undefined };
  const log = await openVerdictLog({
    path: join(dir, 'verdicts.sqlite'),
    settings: settingsDefaults(storeSettings, { log_max_mib: CAP_MIB }),
    logger,
    nowMs: 1,
  });
  const sink: VerdictSinkClient = await createMqttSink({
    name: 'mqtt',
    settings: settingsDefaults(mqttSettings, { url: `mqtt://127.0.0.1:${port}`, reconnect_max_ms: 500 }),
    sensor: { site: 'site', name: 'sensor', version: '0' },
    bootId: 'boot',
    logger,
    seed: 1,
    info: () => ({}),
    wallUs: () => Date.now() * 1000,
  });
  const publisher = createPublisher({
    sinks: [sink],
    log,
    settings: settingsDefaults(publishSettings),
    bootId: 'boot',
    wallUs: () => Date.now() * 1000,
    nowUs,
    logger,
    onHandedOver: () => undefined,
  });
  const heard = new Heard();
  let sub: Running | null = null;
  try {
    await publisher.start();
    // what the first thousands cost is the program itself: code, caches, the queue in memory
    const WARM = Math.min(10_000, count / 4);
    let before = 0;
    let most = 0;
    for (let n = 0; n < count; n++) {
      publisher.submit(draft(n, SEVERITIES[n % 4]));
      if (n === WARM) before = rssMib();
      if (n % 200 === 0) await sleep(40);
      if (n > WARM && n % 10_000 === 0) most = Math.max(most, rssMib());
    }
    await waitFor('the log', () => log.numbers().waiting === 0, 60_000, 100);
    most = Math.max(most, rssMib());
    const disk = diskMib(dir);
    await broker.start();
    sub = new Running('mosquitto_sub', ['-p', String(port), '-q', '1', '-t', 'wardwire/v1/+/+/verdict/#']);
    sub.child.stdout?.on('data', (d: Buffer) => {
      heard.take(d.toString());
      if (sub !== null) sub.out = '';
    });
    await waitFor('the connection', () => sink.state().connected, 30_000);
    const back = performance.now();
    await sleep(300);
    const asked = performance.now();
    publisher.submit(draft(count, 'critical'));
    await waitFor('the critical verdict', () => heard.copies.has(`v${count}`), 10_000, 2);
    const critical = performance.now() - asked;
    const behind = count + 1 - heard.copies.size;
    await waitFor('the rest', () => heard.copies.size >= count + 1, 600_000, 200);
    const drained = (performance.now() - back) / 1000;
    await sleep(300);
    const last = new Map<string, number>();
    let disorder = 0;
    for (const v of heard.verdicts) {
      if (v.severity === 'critical') continue;
      if (v.seq < (last.get(v.device.id) ?? 0)) disorder++;
      last.set(v.device.id, Math.max(v.seq, last.get(v.device.id) ?? 0));
    }
    const grown = most - before;
    return {
      ok:
        (grown < 20 || count < TELLING) && disk <= CAP_MIB && disorder === 0 && critical < 1000 && behind > count / 100,
      lines: [
        `${count} verdicts while the broker was away: RSS grew by ${grown.toFixed(1)} MiB, ${disk.toFixed(0)} MiB on disk (cap ${CAP_MIB})`,
        `a critical verdict ${((asked - back) / 1000).toFixed(1)} s after the reconnection arrived within ${critical.toFixed(0)} ms, with ${behind} still owed`,
        `all drained in ${drained.toFixed(0)} s (${Math.round(count / drained)} a second), ${heard.duplicates} twice, ${disorder} out of a device's order`,
      ],
    };
  } finally {
    sub?.child.kill('SIGKILL');
    await publisher.stop(200);
    await log.close();
    await broker.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
