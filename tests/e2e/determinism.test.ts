import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { generate } from '../support/gen/index.js';
import { projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

// The same capture, the same verdicts: only what names this run (ids, boot) and the time it took may differ.

interface Said {
  readonly verdicts: readonly string[];
  readonly anomalies: number;
}

/** Verdicts of a replay without ids, wall times and what was measured of this run. */
function replayed(args: readonly string[]): Said {
  const ran = wardwire(['replay', '--json', ...args], { timeoutMs: 240_000 });
  if (ran.code !== 0) throw new Error(ran.err);
  const docs = ran.out
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as Record<string, unknown> & { incident: object; scenario: string });
  const verdicts = docs.map((v) => {
    const { id, boot_id, issued_at, latency_ms, within_budget, ...rest } = v;
    return JSON.stringify({ ...rest, incident: { ...rest.incident, id: '' } });
  });
  return { verdicts, anomalies: docs.filter((d) => d.scenario === 'anomaly.profile').length };
}

t.test('the bundled ward three times: byte for byte the same verdicts', async (t) => {
  const demo = join(projectRoot(), 'pcaps', 'ward-demo');
  const args = ['--config', join(demo, 'wardwire.yaml'), join(demo, 'capture.pcap')];
  const first = replayed(args);
  t.ok(first.verdicts.length > 0);
  for (let i = 0; i < 2; i++) t.same(replayed(args).verdicts, first.verdicts);
});

t.test('learned, trained and judged in one go, twice: the same models, the same verdicts', async (t) => {
  const dir = temporaryFolder(t);
  const file = join(dir, 'mixed.pcap');
  await generate({ kind: 'mixed', packets: 130_000, seed: 4, file });
  const config = join(dir, 'wardwire.yaml');
  // a threshold so loose that the learned detectors have much to say
  writeFileSync(
    config,
    'baseline:\n  learning_s: 20\n  learning_rows: 10\n  min_rows: 64\n  row_interval_s: 1\ndetect:\n  threshold_p: 0.05\nsensor:\n  site_key_file: ""\n',
  );
  const [a, b] = [replayed(['--config', config, file]), replayed(['--config', config, file])];
  t.comment(`${a.verdicts.length} verdicts, ${a.anomalies} of learned detectors`);
  t.ok(a.anomalies > 0, 'the learned detectors spoke');
  t.same(b.verdicts, a.verdicts);
});
