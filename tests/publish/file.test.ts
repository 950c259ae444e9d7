import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults } from '../../src/core/index.js';
import { FileSink, fileSettings } from '../../src/publish/index.js';
import { someVerdict } from '../support/some-verdict.js';
import { temporaryFolder } from '../support/wardwire.js';

function sink(path: string, settings: object = {}, said: string[] = []): FileSink {
  return new FileSink({
    path,
    settings: settingsDefaults(fileSettings, settings),
    logger: { log: (_l, event) => said.push(event) },
  });
}
const lines = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

t.test('a line a verdict, on the disk when it counts as delivered', async (t) => {
  const path = join(temporaryFolder(t), 'sub', 'verdicts.jsonl');
  const s = sink(path);
  await s.start();
  let handed = 0;
  await Promise.all(Array.from({ length: 100 }, (_, i) => s.send(someVerdict(`v${i}`), () => handed++)));
  t.equal(handed, 100);
  t.same(
    lines(path).map((l) => JSON.parse(l).id),
    Array.from({ length: 100 }, (_, i) => `v${i}`),
  );
  t.match(s.state(), { connected: true, published: 100, inFlight: 0 });
  await s.stop(100);
  await s.stop(100);
});

t.test('half a line of a crash is closed, nothing is written into it', async (t) => {
  const path = join(temporaryFolder(t), 'v.jsonl');
  appendFileSync(path, '{"id":"torn"');
  const s = sink(path);
  await s.start();
  await s.send(someVerdict('next'), () => undefined);
  await s.stop(100);
  t.same([lines(path)[0], JSON.parse(lines(path)[1]).id], ['{"id":"torn"', 'next']);
});

t.test('rotation keeps as many as it should and loses none between them', async (t) => {
  const path = join(temporaryFolder(t), 'v.cef');
  const s = sink(path, { max_mib: 1, keep: 3, format: 'native' });
  await s.start();
  const long = { ...someVerdict().advice, safe_step: 'x'.repeat(20_000) };
  for (let n = 0; n < 220; n++) await s.send(someVerdict(`v${n}`, { advice: long }), () => undefined);
  await s.stop(100);
  t.notOk(existsSync(`${path}.4`));
  const ids = [3, 2, 1, 0].flatMap((i) => {
    const p = i === 0 ? path : `${path}.${i}`;
    return existsSync(p) ? lines(p).map((l) => Number(JSON.parse(l).id.slice(1))) : [];
  });
  t.equal(ids.at(-1), 219);
  t.same(
    ids,
    Array.from({ length: ids.length }, (_, i) => 220 - ids.length + i),
    'without a hole',
  );
});

t.test('a folder that went away: said once, what is owed comes when it is back', async (t) => {
  const dir = join(temporaryFolder(t), 'gone');
  mkdirSync(dir);
  const said: string[] = [];
  const s = sink(join(dir, 'v.jsonl'), { max_mib: 1 }, said);
  await s.start();
  const long = { ...someVerdict().advice, safe_step: 'x'.repeat(600_000) };
  await s.send(someVerdict('a', { advice: long }), () => undefined);
  rmSync(dir, { recursive: true });
  // rotation finds no file
  t.match(await s.send(someVerdict('b', { advice: long }), () => undefined).catch((e) => e), { retry: true });
  t.equal(s.ready(), false);
  t.match(await s.send(someVerdict('c'), () => undefined).catch((e) => e), { retry: true });
  t.same(said, ['file.unwritable']);
  mkdirSync(dir);
  await s.send(someVerdict('d'), () => undefined);
  t.same(said, ['file.unwritable', 'file.recovered']);
  await s.stop(100);
  await t.rejects(sink(join(dir, 'v.jsonl', 'x')).start(), { code: 'outside' });
});
