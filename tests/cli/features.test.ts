import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FEATURES } from '../../src/runtime/index.js';
import { projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(300_000);

const capture = join(projectRoot(), 'pcaps', 'ward-demo', 'capture.pcap');

t.test('features list: every number with unit, group, definition and source', async (t) => {
  const r = wardwire(['features', 'list', '--json']);
  t.equal(r.code, 0, r.err);
  const all = r.out
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Record<string, string>);
  t.same(
    all.map((f) => f.name),
    FEATURES.map((f) => f.name),
  );
  for (const f of all)
    for (const key of ['name', 'unit', 'group', 'definition', 'source']) t.ok(f[key].length > 0, `${f.name}: ${key}`);
  t.same([...new Set(all.map((f) => f.group))], ['A', 'B', 'C', 'D', 'E']);
  const table = wardwire(['features']).out.trim().split('\n');
  t.equal(table.length, FEATURES.length + 1);
  t.match(table[0], /^name +unit +group +source +definition$/);
  t.equal(wardwire(['features', 'lst']).code, 2);
});

t.test('replay --features: the rows of a capture, for others to train on', async (t) => {
  const dir = temporaryFolder(t);
  const path = join(dir, 'rows.csv');
  const r = wardwire(['replay', capture, '--features', 'csv', '--features-out', path]);
  t.equal(r.code, 0, r.err);
  t.match(r.err, /feature rows/);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  t.equal(lines[0], ['time', 'device', 'type', ...FEATURES.map((f) => f.name)].join(','));
  t.ok(lines.length > 20, `${lines.length} lines`);
  let empty = 0;
  for (const line of lines.slice(1)) {
    const [time, device, type, ...values] = line.split(',');
    t.equal(values.length, FEATURES.length);
    if (!/^\d{4}-\d\d-\d\dT/.test(time) || !/^[0-9a-f]{16,}$/.test(device) || !/^[a-z0-9-]+$/.test(type)) t.fail(line);
    if (!values.every((v) => v === '' || Number.isFinite(Number(v)))) t.fail(line);
    empty += values.filter((v) => v === '').length;
  }
  t.ok(empty > 0, 'what was not observed is empty');
  t.notMatch(readFileSync(path, 'utf8'), /(\d+\.\d+\.\d+\.\d+)|((?:[0-9a-f]{2}:){5})/, 'no addresses');

  const json = wardwire(['replay', capture, '--features', 'ndjson']);
  const rows = json.out
    .trim()
    .split('\n')
    .map(
      (l) => JSON.parse(l) as { time: string; device: string; type: string; features: Record<string, number | null> },
    );
  t.equal(rows.length, lines.length - 1, 'the same rows, and no verdicts between them');
  const first = lines[1].split(',');
  t.same([rows[0].time, rows[0].device, rows[0].type], first.slice(0, 3));
  FEATURES.forEach((f, i) => {
    if (!Object.is(rows[0].features[f.name], first[3 + i] === '' ? null : Number(first[3 + i]))) t.fail(f.name);
  });
});

t.test('replay --features: wrong use is named', async (t) => {
  t.equal(wardwire(['replay', capture, '--features', 'xml']).code, 2);
  t.match(wardwire(['replay', capture, '--features-out', 'x']).err, /needs --features/);
  const r = wardwire(['replay', capture, '--features', 'csv', '--features-out', '/nonexistent/x.csv']);
  t.equal(r.code, 1);
  t.match(r.err, /nonexistent/);
});
