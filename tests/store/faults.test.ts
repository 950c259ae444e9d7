import { closeSync, openSync, readdirSync, statSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults, type Verdict } from '../../src/core/index.js';
import { openDeviceLog, openVerdictLog, storeSettings } from '../../src/store/index.js';
import { smallDisk } from '../support/tmpfs.js';
import { temporaryFolder } from '../support/wardwire.js';

t.setTimeout(60_000);

const verdict = (n: number, severity = 'high', pad = 1000): Verdict =>
  ({
    id: `v${n}`,
    severity,
    seq: n,
    boot_id: 'b',
    observed_at: '2026-01-01T00:00:00.000000Z',
    text: 'x'.repeat(pad),
  }) as unknown as Verdict;

function opener(dir: string, said: string[], settings = {}) {
  return openVerdictLog({
    path: join(dir, 'verdicts.sqlite'),
    settings: settingsDefaults(storeSettings, settings),
    nowMs: 1,
    logger: { log: (_l, event, text) => said.push(`${event}: ${text}`) },
  }); // prettier-ignore
}

async function until(what: () => boolean | Promise<boolean>, ms = 15_000): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; ) {
    if (await what()) return true;
    await new Promise((r) => setTimeout(r, 20));
  }
  return what();
}

const ids = (list: readonly Verdict[]): string[] => list.map((v) => v.id);

t.test(
  'a full disk: verdicts wait in memory, are owed from there, and reach the disk when there is room',
  async (t) => {
    const dir = join(temporaryFolder(t), 'disk');
    if (smallDisk(t, dir, 2048) === null) return;
    const said: string[] = [];
    const log = await opener(dir, said);
    log.begin('mqtt');
    log.append(verdict(0));
    t.equal((await log.pending('mqtt', 10)).length, 1);
    // what fills the disk is not ours
    const filler = join(dir, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(4 * 1048576));
    } catch {
      // it is full now
    }
    for (let n = 1; n <= 500; n++) log.append(verdict(n));
    t.ok(await until(() => said.some((s) => s.startsWith('store.unwritable'))), said.join());
    t.equal(log.numbers().writable, false);
    let owed = await log.pending('mqtt', 1000);
    t.same(
      ids(owed),
      Array.from({ length: 501 }, (_, n) => `v${n}`),
      'owed all the same, in order',
    );
    for (const v of owed.slice(0, 100)) log.acked('mqtt', v.id);
    owed = await log.pending('mqtt', 1000);
    t.equal(owed[0].id, 'v100', 'what was acknowledged is not given again, disk or no disk');
    unlinkSync(filler);
    t.ok(await until(() => said.some((s) => s.startsWith('store.recovered'))), 'by itself');
    t.ok(await until(() => log.numbers().waiting === 0));
    await log.close();
    t.equal(said.length, 2, said.join('\n'));
    const again = await opener(dir, said);
    again.begin('mqtt');
    t.same(
      ids(await again.pending('mqtt', 1000)),
      Array.from({ length: 401 }, (_, n) => `v${n + 100}`),
    );
    await again.close();
  },
);

t.test('a disk that is read-only, from the start or later', async (t) => {
  const dir = join(temporaryFolder(t), 'disk');
  const disk = smallDisk(t, dir, 8192);
  if (disk === null) return;
  const said: string[] = [];
  disk.remount('ro');
  const log = await opener(dir, said);
  log.begin('mqtt');
  log.append(verdict(1));
  t.ok(await until(() => said.some((s) => s.startsWith('store.unwritable'))), 'the sensor starts, and says so');
  t.same(ids(await log.pending('mqtt', 10)), ['v1']);
  disk.remount('rw');
  t.ok(await until(() => said.some((s) => s.startsWith('store.recovered'))));
  t.ok(await until(() => log.numbers().waiting === 0));
  await log.close();
  const devices = await openDeviceLog({
    path: join(dir, 'devices.sqlite'),
    settings: settingsDefaults(storeSettings),
    logger: { log: (_l, event) => said.push(`devices ${event}`) },
    nowMs: 1,
    operator: () => undefined,
    verdictsPath: join(dir, 'verdicts.sqlite'),
    muteLimits: { usualS: 1, maxS: 1, guardedMaxS: 1, most: 1, guardedTypes: [] },
  });
  await devices.close();
  disk.remount('ro');
  const blind = await openDeviceLog({
    path: join(dir, 'devices.sqlite'),
    settings: settingsDefaults(storeSettings),
    logger: { log: (_l, event) => said.push(`devices ${event}`) },
    nowMs: 1,
    operator: () => undefined,
    verdictsPath: join(dir, 'verdicts.sqlite'),
    muteLimits: { usualS: 1, maxS: 1, guardedMaxS: 1, most: 1, guardedTypes: [] },
  });
  t.same(blind.devices, []);
  await blind.close();
  disk.remount('rw');
});

t.test('memory is bounded while the disk is away: the lowest severity leaves first, counted', async (t) => {
  const dir = join(temporaryFolder(t), 'disk');
  const disk = smallDisk(t, dir, 8192);
  if (disk === null) return;
  disk.remount('ro');
  const said: string[] = [];
  const log = await opener(dir, said, { memory_max_mib: 1 });
  log.begin('mqtt');
  for (let n = 0; n < 400; n++) log.append(verdict(n, n % 4 === 0 ? 'critical' : 'low', 4000));
  const owed = await log.pending('mqtt', 1000);
  t.equal(owed.filter((v) => v.severity === 'critical').length, 100, 'no critical one is gone');
  t.equal(log.numbers().dropped.low, 400 - owed.length);
  t.ok(owed.length < 270 && said.some((s) => s.startsWith('store.full')));
  disk.remount('rw');
  await log.close();
});

t.test('a file damaged under a running sensor is set aside, and what can be read is owed again', async (t) => {
  const dir = temporaryFolder(t);
  const said: string[] = [];
  const log = await opener(dir, said);
  log.begin('mqtt');
  for (let n = 0; n < 3000; n++) log.append(verdict(n, n % 2 === 0 ? 'critical' : 'low'));
  t.equal((await log.pending('mqtt', 5000)).length, 3000);
  await log.close();
  const path = join(dir, 'verdicts.sqlite');
  // pages in the middle: rows of one severity
  const fd = openSync(path, 'r+');
  const { size } = statSync(path);
  writeSync(fd, Buffer.alloc(40_000, 0xa5), 0, 40_000, Math.floor(size / 8192) * 4096);
  closeSync(fd);
  const next = await opener(dir, said);
  next.begin('mqtt');
  next.append(verdict(9999));
  let owed: Verdict[] = [];
  t.ok(
    await until(async () => {
      owed = await next.pending('mqtt', 5000);
      return said.some((s) => s.includes('were taken over'));
    }),
    said.join('\n'),
  );
  owed = await next.pending('mqtt', 5000);
  t.ok(owed.length > 2900, `${owed.length} of 3001`);
  t.ok(
    owed.some((v) => v.id === 'v9999'),
    'new ones are kept',
  );
  const lost = Number(/taken over from the damaged log; (\d+) are lost/.exec(said.join('\n'))?.[1]);
  t.equal(lost, 3001 - owed.length, said.join('\n'));
  t.equal(readdirSync(dir).filter((f) => /damaged-1$/.test(f)).length, 1);
  await next.close();
});
