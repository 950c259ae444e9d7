import t from 'tap';
import type { Device } from '../../src/core/index.js';
import { createMetrics } from '../../src/ops/index.js';
import { Scrape } from '../../src/ops/scrape.js';
import { EMPTY_SNAPSHOT } from '../support/empty-snapshot.js';
import { someDevice } from '../support/some-device.js';

t.test('thousands of devices are written in pieces, once for all who ask at a time', async (t) => {
  const devices: Device[] = Array.from({ length: 3000 }, (_, i) => ({
    ...someDevice('x'),
    id: `d${i}`,
    lastUs: 1e15 + i,
  }));
  let now = 0;
  let looked = 0;
  const scrape = new Scrape({
    metrics: await createMetrics({ version: '1', budgets: {} }),
    snapshot: () => EMPTY_SNAPSHOT,
    devices: () => {
      looked++;
      return devices;
    },
    deviceSeries: 2500,
    featureDevices: 100,
    nowMs: () => now,
  });
  let turns = 0;
  let ended = false;
  const count = (): void => {
    turns++;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  const [a, b, c] = await Promise.all([scrape.text(), scrape.text(), scrape.text()]);
  ended = true;
  t.equal(looked, 1, 'three asked, one was written');
  t.equal(a, b);
  t.equal(a, c);
  t.ok(turns > 30, `the loop turned ${turns} times meanwhile`);
  for (const name of ['info', 'last_seen_timestamp_seconds', 'patient_connected']) {
    t.equal(a.match(new RegExp(`^wardwire_device_${name}\\{`, 'gm'))?.length, 2500, name);
    t.equal(a.match(new RegExp(`^# TYPE wardwire_device_${name} gauge$`, 'gm'))?.length, 1);
  }
  t.match(a, /^wardwire_device_last_seen_timestamp_seconds\{device="d2999"\} 1000000000\.002999$/m, 'the newest stay');
  t.notMatch(a, /device="d0"/);
  await scrape.text();
  t.equal(looked, 1, 'soon after the same text does');
  now = 501;
  await scrape.text();
  t.equal(looked, 2);
});
