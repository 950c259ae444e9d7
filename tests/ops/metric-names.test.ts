import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { metricFamilies, metricsPage, unitOf } from '../../src/runtime/index.js';
import { projectRoot } from '../support/wardwire.js';

/**
 * Names, types, labels and help of metrics are an interface: dashboards and alerts of others hang on them. This list only changes on
 * purpose: WARDWIRE_METRICS=update node --test dist/tests/ops/metric-names.test.js writes it anew; read the difference, and tell what
 * was renamed or left out in CHANGELOG.md with a recording rule that keeps the old name alive.
 */
const GOLDEN = join(projectRoot(), 'tests', 'ops', 'metric-names.txt');

t.test('names, types, labels and help are those of the list', async (t) => {
  const families = await metricFamilies();
  const now = families.map((f) => `${f.name} ${f.type} {${[...f.labels].sort().join(',')}} ${f.help}`);
  if (process.env.WARDWIRE_METRICS === 'update') writeFileSync(GOLDEN, `${now.join('\n')}\n`);
  const kept = existsSync(GOLDEN) ? readFileSync(GOLDEN, 'utf8').trim().split('\n') : [];
  t.ok(kept.length > 100);
  const name = (line: string): string => line.split(' ')[0];
  const found = new Map(now.map((l) => [name(l), l]));
  for (const line of kept) t.equal(found.get(name(line)), line, `${name(line)} is kept`);
  const known = new Set(kept.map(name));
  t.same(
    now.map(name).filter((n) => !known.has(n)),
    [],
    'new ones are put on the list: WARDWIRE_METRICS=update',
  );
});

t.test('names follow the rules of Prometheus', async (t) => {
  for (const f of await metricFamilies()) {
    t.match(f.name, /^wardwire_[a-z0-9_]+$/);
    t.equal(f.type === 'counter', f.name.endsWith('_total'), `${f.name}: counters, and only they, end in _total`);
    t.notMatch(f.name, /_(ms|us|milliseconds|kib|mib|percent)(_total)?$/, `${f.name}: base units`);
    for (const l of f.labels)
      t.notOk(['type', 'region', 'zone', 'cluster', 'le', 'quantile', 'job', 'instance'].includes(l), `${f.name} ${l}`);
    t.match(f.help, /^\S.{8,}\.$/, `${f.name}: a sentence`);
    if (/latency|budget|lag/.test(f.name)) t.equal(unitOf(f.name), 's', f.name);
  }
});

t.test('the page is current', async (t) => {
  const page = metricsPage(await metricFamilies());
  t.equal(readFileSync(join(projectRoot(), 'docs', 'metrics.md'), 'utf8'), page, 'npm run generate');
  t.match(page, /\| `wardwire_sensor_doubt` \| gauge \| reason \|/);
});
