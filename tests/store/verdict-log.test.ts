import { existsSync, readdirSync, writeFileSync } from 'node:fs';
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
  t.same(said, ['store.damaged']);
  t.ok(
    readdirSync(join(dir, 'sub')).some((n) => n.includes('.damaged-')),
    'nothing is thrown away',
  );
});

t.test('over its size the lowest severity leaves first', async (t) => {
  const dir = temporaryFolder(t);
  const said: string[] = [];
  const log = await opener(dir, said, { log_max_mib: 1 });
  for (let i = 0; i < 40; i++) log.append(verdict(`low${i}`, 'low', 20_000));
  for (let i = 0; i < 30; i++) log.append(verdict(`critical${i}`, 'critical', 20_000));
  const left = await log.recent(1000);
  t.equal(left.filter((v) => v.severity === 'critical').length, 30, 'no critical one while a lower is left');
  t.ok(left.length < 60);
  t.ok(said.includes('store.full'));
  await log.close();
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
