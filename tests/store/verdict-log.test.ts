import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults, type Verdict } from '../../src/core/index.js';
import { openVerdictLog, storeSettings } from '../../src/store/index.js';
import { temporaryFolder } from '../support/wardwire.js';

const verdict = (id: string, severity = 'high', pad = 0): Verdict =>
  ({
    id,
    severity,
    seq: 1,
    boot_id: 'b',
    observed_at: '2026-01-01T00:00:00.000000Z',
    text: 'x'.repeat(pad),
  }) as unknown as Verdict;

function opener(dir: string, said: string[], settings = {}) {
  return openVerdictLog({
    path: join(dir, 'sub', 'verdicts.sqlite'),
    settings: settingsDefaults(storeSettings, settings),
    nowMs: 1,
    logger: { log: (_l, event) => said.push(event) },
  }); // prettier-ignore
}

t.test('what was appended is there after a restart, and what is owed is known', async (t) => {
  const dir = temporaryFolder(t);
  const said: string[] = [];
  const log = await opener(dir, said);
  for (let i = 0; i < 50; i++) log.append(verdict(`v${i}`));
  log.append(verdict('v1'));
  log.acked('mqtt', 'v0');
  t.equal((await log.recent(100)).length, 50, 'the same verdict again is one row');
  await log.close();
  await log.close();
  const again = await opener(dir, said);
  t.equal((await again.recent(100))[0].id, 'v49');
  const pending = await again.pending('mqtt', 100);
  t.equal(pending.length, 49);
  t.notOk(pending.some((v) => v.id === 'v0'));
  await again.close();
  t.same(said, []);
});

t.test('a damaged file is set aside, said, and a new one begun', async (t) => {
  const dir = temporaryFolder(t);
  const said: string[] = [];
  const log = await opener(dir, said);
  log.append(verdict('a'));
  await log.close();
  writeFileSync(join(dir, 'sub', 'verdicts.sqlite'), 'this is no database at all, but it is where one was'.repeat(50));
  const next = await opener(dir, said);
  next.append(verdict('b'));
  t.same(
    (await next.recent(10)).map((v) => v.id),
    ['b'],
  );
  await next.close();
  t.ok(said.length > 0 && said.every((e) => e === 'store.damaged'), said.join());
  t.ok(
    readdirSync(join(dir, 'sub')).some((n) => n.includes('.damaged-')),
    'nothing is thrown away',
  );
});

t.test('over its size the lowest severity leaves first', async (t) => {
  const dir = temporaryFolder(t);
  const said: string[] = [];
  const log = await opener(dir, said, { log_max_mib: 16 });
  log.begin('mqtt');
  log.append(verdict('delivered', 'info', 20_000));
  log.acked('mqtt', 'delivered');
  // the two lie side by side, as they come
  for (let i = 0; i < 500; i++) {
    log.append(verdict(`low${i}`, 'low', 20_000));
    if (i < 350) log.append(verdict(`critical${i}`, 'critical', 20_000));
  }
  const left = await log.recent(1000);
  t.equal(left.filter((v) => v.severity === 'critical').length, 350, 'no critical one while a lower is left');
  t.ok(left.length > 370, `${left.length} are left: room is used`);
  t.ok(said.includes('store.full'));
  const { dropped, expired } = log.numbers();
  t.same(dropped, { info: 0, low: 850 - left.length, medium: 0, high: 0, critical: 0 }, 'counted by severity');
  t.equal(expired, 1, 'what was delivered is no loss');
  const owed = await log.pending('mqtt', 1000);
  t.same(
    owed.map((v) => v.id),
    left.map((v) => v.id).reverse(),
    'the rest is owed, in order',
  );
  await log.close();
  const bytes = readdirSync(join(dir, 'sub')).reduce((sum, f) => sum + statSync(join(dir, 'sub', f)).size, 0);
  t.ok(bytes <= 16 * 1048576, `${bytes} bytes on disk`);
});

t.test('a folder that cannot be used is named', async (t) => {
  const dir = temporaryFolder(t);
  writeFileSync(join(dir, 'sub'), 'a file where the folder should be');
  await t.rejects(opener(dir, []), { code: 'outside', message: /verdicts\.sqlite/ });
  t.ok(existsSync(join(dir, 'sub')));
});

t.test('holes are filled by number; what is muted is kept and owed to nobody', async (t) => {
  const dir = temporaryFolder(t);
  const log = await opener(dir, []);
  log.begin('mqtt');
  const basis = { key: 'k', lessons: [], row: null, flow: null };
  for (let i = 1; i <= 20; i++) {
    const v = { ...verdict(`v${i}`), seq: i, incident: { id: 'i' } } as unknown as Verdict;
    if (i !== 7) log.append(v, { basis });
  }
  log.append({ ...verdict('m'), seq: 0 } as Verdict, { basis, quiet: true });
  t.same(
    (await log.range('b', 5, 9, 100)).map((v) => v.seq),
    [5, 6, 8, 9],
  );
  t.equal((await log.range('b', 1, 20, 3)).length, 3, 'bounded');
  t.same(await log.range('other', 1, 20, 100), []);
  t.equal((await log.recent(100)).length, 20);
  const owed = await log.pending('mqtt', 100);
  t.equal(owed.length, 19);
  t.notOk(owed.some((v) => v.id === 'm'));
  for (const v of owed) log.acked('mqtt', v.id);
  t.same(await log.pending('mqtt', 100), []);
  await log.close();
});
