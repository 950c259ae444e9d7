import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults, type VerdictDraft, type VerdictSinkClient } from '../../src/core/index.js';
import {
  createPublisher,
  InfluxSink,
  influxSettings,
  publishSettings,
  WebhookSink,
  webhookSettings,
} from '../../src/publish/index.js';
import { openVerdictLog, storeSettings } from '../../src/store/index.js';
import { HttpReceiver } from '../support/http-receiver.js';
import { parsePoint } from '../support/line-protocol.js';
import { freePort } from '../support/mosquitto.js';
import { someVerdict } from '../support/some-verdict.js';
import { until } from '../support/until.js';
import { temporaryFolder } from '../support/wardwire.js';

// What sinks over HTTP are owed, with the verdict log itself: an outage, a restart of the sensor, and another.
t.setTimeout(60_000);

t.test('owed over an outage and a restart, in order of each device, each sink by itself', async (t) => {
  const dir = temporaryFolder(t);
  writeFileSync(join(dir, 'secret'), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n');
  const ports = { influx: await freePort(), webhook: await freePort() };
  const logger = { log: () => undefined };
  const wallUs = () => Date.now() * 1000;
  let boot = 0;
  const start = async () => {
    const retry = { retry_min_ms: 20, retry_max_ms: 100 };
    const o = { logger, wallUs, seed: 1 };
    const sinks: VerdictSinkClient[] = [
      new InfluxSink({
        ...o,
        settings: settingsDefaults(influxSettings, { url: `http://127.0.0.1:${ports.influx}`, ...retry }),
      }), // prettier-ignore
      new WebhookSink({
        ...o,
        settings: settingsDefaults(webhookSettings, {
          url: `http://127.0.0.1:${ports.webhook}`,
          secret_file: join(dir, 'secret'),
          ...retry,
        }),
      }),
    ];
    const log = await openVerdictLog({
      path: join(dir, 'v.sqlite'),
      settings: settingsDefaults(storeSettings),
      logger,
      nowMs: Date.now(),
    }); // prettier-ignore
    const publisher = createPublisher({
      sinks,
      log,
      settings: settingsDefaults(publishSettings, { queue_max: 16 }),
      bootId: `b${++boot}`,
      nowUs: () => performance.now() * 1000,
      wallUs,
      logger,
      onHandedOver: () => undefined,
    });
    await publisher.start();
    return {
      publisher,
      stop: async () => {
        await publisher.stop(300);
        await log.close();
      },
    };
  };
  let n = 0;
  const submit = (publisher: { submit(d: VerdictDraft): void }, count: number): void => {
    for (let i = 0; i < count; i++, n++) {
      const device = { ...someVerdict().device, id: `d${n % 4}` };
      const verdict = someVerdict(`v${String(n).padStart(3, '0')}`, { device, severity: 'medium' });
      const timing = { ageUs: 0, builtUs: performance.now() * 1000, stages: { capture: 0, decode: 0, score: 0 } };
      publisher.submit({ verdict, observedUs: wallUs(), live: true, timing });
    }
  };

  const first = await start();
  submit(first.publisher, 60);
  const hook = new HttpReceiver();
  t.teardown(() => hook.close());
  await hook.listen(ports.webhook);
  const delivered = (): string[] => hook.got.map((r) => String(r.headers['webhook-id']));
  await until('the webhook has all', () => new Set(delivered()).size === 60);
  t.match(first.publisher.state().sinks, [
    { name: 'influx', connected: false, published: 0 },
    { name: 'webhook', connected: true },
  ]);
  await first.stop();

  const second = await start();
  submit(second.publisher, 40);
  const db = new HttpReceiver();
  t.teardown(() => db.close());
  await db.listen(ports.influx);
  const points = () => db.got.flatMap((r) => r.body.toString().split('\n').map(parsePoint));
  await until('the database has all', () => new Set(points().map((p) => p.fields.id)).size === 100);
  await until('the webhook has all', () => new Set(delivered()).size === 100);
  await second.stop();
  t.equal(delivered().length, 100, 'the webhook got nothing twice');
  // what an earlier start is owed comes behind live ones; of a start and a device nobody reads in the wrong order
  for (const boot of ['b1', 'b2'])
    for (let d = 0; d < 4; d++) {
      const ids = points()
        .filter((p) => p.fields.boot_id === boot && p.fields.device === `d${d}`)
        .map((p) => String(p.fields.id));
      t.same(ids, [...ids].sort(), `${boot} d${d} in order`);
    }

  const third = await start();
  await new Promise((r) => setTimeout(r, 500));
  await third.stop();
  t.equal(delivered().length, 100, 'nobody is owed anything any more');
});
