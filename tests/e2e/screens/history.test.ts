import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults, type Verdict } from '../../../src/core/index.js';
import { InfluxSink, influxSettings } from '../../../src/publish/index.js';
import { influxd, skipWithoutInfluxd } from '../../support/influxd.js';
import { type Dashboard, filled, screens, targetsOf } from '../../support/screens.js';
import { until } from '../../support/until.js';
import { projectRoot, wardwire } from '../../support/wardwire.js';

// The screens on InfluxDB: the verdicts of the bundled capture, written by the sink into a real database, and every query asked.
t.setTimeout(120_000);
const demo = join(projectRoot(), 'pcaps', 'ward-demo');

t.test('every query of the history has an answer after a replay', async (t) => {
  if (skipWithoutInfluxd(t)) return;
  const db = await influxd(t);
  await db.query('CREATE DATABASE wardwire');
  const sink = new InfluxSink({
    settings: settingsDefaults(influxSettings, { url: db.url }),
    logger: { log: () => undefined },
    seed: 1,
    wallUs: () => Date.now() * 1000,
  });
  t.teardown(() => sink.stop(500));
  await sink.start();
  await until('the connection', () => sink.ready());
  const r = wardwire(['replay', join(demo, 'capture.pcap'), '--config', join(demo, 'wardwire.yaml'), '--json']);
  t.equal(r.code, 0, r.err);
  const verdicts = r.out
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l) as Verdict); // prettier-ignore
  await Promise.all(verdicts.map((v) => sink.send(v, () => undefined)));

  // the capture was recorded some day: the time shown is all time, one point a minute
  const as = { timeFilter: 'time > 0', __interval: '1m', site: '.+', device_type: '.+' };
  const shown = {
    ...as,
    timeFilter: `time >= '${verdicts[0].observed_at}' - 1m AND time <= '${verdicts.at(-1)?.observed_at}'`,
  };
  let queries = 0;
  for (const [path, text] of Object.entries(await screens())) {
    const d = JSON.parse(text) as Dashboard;
    if (d.templating.list[0].query !== 'influxdb') continue;
    for (const { panel, target } of targetsOf(d)) {
      const rows = await db.query(filled(target.query as string, shown), 'wardwire');
      const numbers = rows
        .flatMap((row) => Object.entries(row))
        .filter(([k, v]) => k !== 'time' && v !== null && v !== 0);
      t.ok(numbers.length > 0, `${path} ${panel.title}: ${rows.length} rows`);
      queries++;
    }
    for (const v of d.templating.list.filter((v) => v.type === 'query'))
      t.ok((await db.query(v.query, 'wardwire')).length > 0, `${path}: ${v.name} can be chosen`);
  }
  t.ok(queries >= 9, `${queries} queries`);
  const [{ count }] = await db.query('SELECT count(seq) FROM wardwire_verdict', 'wardwire');
  t.equal(count, verdicts.length, 'every verdict is a point');
  t.comment(`${verdicts.length} verdicts, ${queries} queries answered`);
});
