import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { assembleSpec, readConfig } from '../../src/runtime/assemble.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { Sentry } from '../../src/runtime/sentry.js';
import { udpFrame } from '../support/capture-sender.js';
import { Machine } from '../support/machine.js';
import { temporaryFolder } from '../support/wardwire.js';

/** Ten monitors and a server, all of them talking. */
const MONITORS = Array.from({ length: 10 }, (_, i) => `10.0.0.${10 + i}`);
const SERVER = '10.0.0.2';

async function ward(t: { teardown(f: () => unknown): unknown }) {
  const dir = temporaryFolder(t);
  const site = join(dir, 'site.csv');
  const path = join(dir, 'wardwire.yaml');
  const rows = MONITORS.map((ip, i) => `${ip},patient-monitor,M${i}`);
  writeFileSync(site, `ip,type,name\n${SERVER},server,S\n${rows.join('\n')}\n`);
  writeFileSync(
    path,
    `inventory:\n  site_file: ${site}\nbaseline:\n  learning_s: 0\n  learning_rows: 0\nstore:\n  data_dir: ${dir}\n`,
  );
  const m = new Machine();
  const verdicts: Verdict[] = [];
  const spec = assembleSpec(readConfig(path), { kind: 'live', interface: 'x' }, { modelDir: null });
  let sentry: Sentry | null = null;
  const p = new Pipeline(spec, {
    verdict: (d) => verdicts.push(d.verdict),
    train: () => undefined,
    coverage: () => ({ drops: 0, blind: sentry?.blind ?? false }),
  });
  const source = await m.source(t, p);
  sentry = new Sentry(spec.settings.trust, p, source);
  const doubts: string[] = [];
  /** Seconds pass in which the server and these monitors are heard. */
  const pass = (seconds: number, monitors: readonly string[]): void => {
    for (let i = 0; i < seconds; i++) {
      m.mono += 1000;
      for (const ip of [SERVER, ...monitors]) m.frame(udpFrame(ip, '10.0.0.99', Buffer.from(`${i} ${ip}`)));
      m.handOver();
      const words = sentry?.look(source.stats()) ?? [];
      for (const w of words) if (doubts.at(-1) !== `${w.doubt} ${w.on}`) doubts.push(`${w.doubt} ${w.on}`);
    }
  };
  return { p, verdicts, doubts, pass };
}

t.test('one monitor that falls silent is told', async (t) => {
  const { pass, verdicts, doubts } = await ward(t);
  pass(120, MONITORS);
  t.same(doubts, []);
  pass(75, MONITORS.slice(1));
  t.same(
    verdicts.map((v) => [v.scenario, v.device.name]),
    [['device.silent', 'M0']],
  );
});

t.test('most monitors at once: the sensor doubts itself first, and tells of each once when that is over', async (t) => {
  const { p, pass, verdicts, doubts } = await ward(t);
  pass(120, MONITORS);
  pass(75, MONITORS.slice(8));
  t.same(doubts, ['gone true'], 'before a single silence is told');
  t.same(verdicts, [], 'silence is held back');
  const held = p.counters.get('wardwire_silence_held_seconds_total');
  t.ok(held > 20, `${held} s`);
  t.equal(p.counters.get('wardwire_sensor_doubt', { reason: 'gone' }), 1);
  t.equal(p.counters.get('wardwire_sensor_blind'), 1);
  t.equal(p.counters.get('wardwire_devices_talking'), 3);
  pass(200, MONITORS.slice(8));
  t.same(doubts, ['gone true', 'gone false']);
  t.same(
    verdicts.map((v) => `${v.scenario} ${v.device.name}`).sort(),
    MONITORS.slice(0, 8).map((_, i) => `device.silent M${i}`),
    'each once',
  );
  t.equal(p.counters.get('wardwire_sensor_blind'), 0);
});

t.test('a mirror that comes back in time: nobody is called silent', async (t) => {
  const { pass, verdicts, doubts } = await ward(t);
  pass(120, MONITORS);
  pass(58, []);
  pass(120, MONITORS);
  t.same(doubts, ['gone true', 'gone false']);
  t.same(verdicts, []);
});
