import { join } from 'node:path';
import t from 'tap';
import { SEVERITIES, type Verdict } from '../../src/core/index.js';
import { assembleSpec, defaultConfig, Replay, readConfig, type SensorSpec } from '../../src/runtime/index.js';
import { generate } from '../support/gen/index.js';
import { comparable } from '../support/verdicts.js';
import { projectRoot, temporaryFolder } from '../support/wardwire.js';

// Several pipelines that divide a capture by device say together what one says of all of it.
t.setTimeout(120_000);

type Model = SensorSpec['models'][number];

interface Run {
  readonly verdicts: Verdict[];
  readonly models: Model[];
  readonly first: number;
  readonly also: number;
}

async function run(spec: SensorSpec): Promise<Run> {
  const verdicts: Verdict[] = [];
  const models: Model[] = [];
  const replay = new Replay(spec, {
    verdict: (v) => verdicts.push(v),
    model: (type, text) => models.push({ type, text, own: [], prior: null } as unknown as Model),
  });
  await replay.run();
  const count = (what: string): number => replay.pipeline.counters.get('wardwire_share_packets_total', { what });
  return { verdicts, models, first: count('first'), also: count('also') };
}

async function divided(spec: SensorSpec, of: number, servers: readonly string[]): Promise<Run[]> {
  const out: Run[] = [];
  for (let index = 0; index < of; index++) out.push(await run({ ...spec, share: { index, of, servers } }));
  return out;
}

/**
 * Verdicts without ids. What the other end is, and whether it has a patient (which makes a verdict graver), its own process knows
 * best and tells the others when they run live: set apart.
 */
function lines(verdicts: readonly Verdict[]): { said: string[]; ranks: Map<string, number> } {
  const ranks = new Map<string, number>();
  const said = comparable(verdicts)
    .map((v) => {
      const { severity, advice, peer, ...rest } = v;
      void advice;
      const line = JSON.stringify({
        ...rest,
        peer: peer && { ...peer, type: '' },
        incident: { ...(rest.incident as object), id: '' },
      });
      ranks.set(line, SEVERITIES.indexOf(severity as Verdict['severity']));
      return line;
    })
    .sort();
  return { said, ranks };
}

const demo = join(projectRoot(), 'pcaps', 'ward-demo');

t.test('the bundled ward: two, three and five say what one says', async (t) => {
  const source = { kind: 'files', files: [join(demo, 'capture.pcap')], speed: 'max' } as const;
  const spec = assembleSpec(readConfig(join(demo, 'wardwire.yaml')), source, { modelDir: null });
  // rules only: a model would be grown from the rows of one process
  const rules = { ...spec, settings: { ...spec.settings, baseline: { ...spec.settings.baseline, min_rows: 100_000 } } };
  const one = await run(rules);
  const whole = lines(one.verdicts);
  t.ok(one.verdicts.length > 30);
  for (const of of [2, 3, 5]) {
    const parts = await divided(rules, of, []);
    const all = lines(parts.flatMap((p) => p.verdicts));
    t.same(all.said, whole.said, `${of} processes`);
    const lower = all.said.filter((l) => all.ranks.get(l) !== whole.ranks.get(l));
    t.ok(lower.length <= 2, `${lower.length} of another severity`);
    t.ok(lower.every((l) => (whole.ranks.get(l) ?? 0) - (all.ranks.get(l) ?? 0) === 1));
    const first = parts.reduce((n, p) => n + p.first, 0);
    t.equal(first, 9670, 'each packet is counted by one');
    const taken = parts.map((p) => p.first + p.also);
    t.comment(`${of} processes take ${taken.join(', ')} of ${first} packets`);
  }
});

t.test('with models: what the learned detectors say of a device is the same wherever it is judged', async (t) => {
  const file = join(temporaryFolder(t), 'mixed.pcap');
  await generate({ kind: 'mixed', packets: 100_000, seed: 4, file });
  const config = defaultConfig();
  const settings = {
    ...config.settings,
    baseline: { ...config.settings.baseline, learning_s: 20, learning_rows: 10, min_rows: 64, row_interval_s: 1 },
    detect: { ...config.settings.detect, threshold_p: 0.05, warm_up_s: 0 },
  };
  const source = { kind: 'files', files: [file], speed: 'max' } as const;
  const spec = assembleSpec({ ...config, settings }, source, { modelDir: null });
  const { models } = await run(spec);
  t.ok(models.length > 0);
  // nobody trains anew
  const trained = { ...spec, models, settings: { ...settings, baseline: { ...settings.baseline, min_rows: 1e6 } } };
  // a peer that has an address and a name of its own may count once more or less: the numbers behind a few scores differ by that
  const anomalies = (runs: readonly Run[]): string[] =>
    runs
      .flatMap((r) => r.verdicts)
      .filter((v) => v.scenario === 'anomaly.profile' && v.incident.state === 'open')
      .map((v) => `${v.observed_at} ${v.device.id} ${v.device.type} ${v.severity} ${v.reasons[0].feature}`)
      .sort();
  const one = anomalies([await run(trained)]);
  t.comment(`${models.length} models, ${one.length} anomalies`);
  t.ok(one.length > 0, 'the learned detectors spoke');
  t.same(anomalies(await divided(trained, 2, [])), one);
});
