import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Report } from './report.js';
import { judge, type Target } from './targets.js';

const target = (what: string, found: number, sense: Target['sense'] = 'at most'): Target => ({
  what,
  found,
  limit: 2,
  sense,
  unit: ' ms',
});

t.test('a target says by which factor it is missed', async (t) => {
  t.equal(judge(target('a', 2)), 'reached');
  t.equal(judge(target('a', 3)), 'missed by 1.50x');
  t.equal(judge(target('a', 1, 'at least')), 'missed by 2.00x');
  t.equal(judge(target('a', Number.NaN)), 'not measured');
});

t.test('results go between their marks, words around them and older targets stay', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-report-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'page.md');
  const part = (id: string): string => `<!-- bench:${id} -->\n\nold\n\n<!-- end bench:${id} -->`;
  writeFileSync(path, `# Page\n\n${part('targets')}\n\nby hand\n\n${part('one')}\n\nafter\n`);
  const say = console.log;
  console.log = () => undefined;
  t.teardown(() => {
    console.log = say;
  });
  new Report(path, () => new Date(0)).part('one', 'first', [target('a', 1), target('b', 9)]);
  new Report(path, () => new Date(60_000)).part('one', 'second', [target('b', 1.5)]);
  new Report(path, () => new Date(60_000)).part('two', 'third');
  const page = readFileSync(path, 'utf8');
  t.match(page, 'by hand');
  t.match(page, 'after');
  t.notMatch(page, /old|first/);
  t.match(page, 'Taken 1970-01-01T00:01Z.\n\n```\nsecond\n```');
  t.match(page, '| a | at most 2 ms | 1 ms | reached | 1970-01-01T00:00Z |');
  t.match(page, '| b | at most 2 ms | 1.5 ms | reached | 1970-01-01T00:01Z |');
  t.equal(page.match(/^\| b /gm)?.length, 1);
  t.match(page, '## two\n\n<!-- bench:two -->', 'a part without a place is put at the end');
});
