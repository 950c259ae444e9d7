import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IsolationForest } from 'ml-isolation-forest';
import { Counters, type Profile, settingsDefaults } from '../../src/core/index.js';
import {
  anomalyFinding,
  createScorer,
  type DetectSettings,
  detectSettings,
  type Scorer,
  trainModel,
} from '../../src/detect/index.js';
import { PROFILES } from '../support/detect-stage.js';
import { haveProgram } from '../support/namespace.js';
import { projectRoot } from '../support/wardwire.js';
import type { Report } from './report.js';
import { deviceRows, type RowSet, randomRows } from './score-rows.js';
import type { Target } from './targets.js';
import { CORE, count, pythonWith, table } from './tools.js';

/** Trees and rows a tree, for everyone who grows plain trees. */
const TREES = 100;
const SAMPLE = 256;
const BATCHES = [1, 100, 10_000];
const QUICK_BATCHES = [1, 100];
/** What libraries that know no missing numbers are given for one. */
const MISSING = -1;
const TYPE = 'patient-monitor';

/** µs of processor time a row, by batch. */
type Costs = readonly number[];

/** Median over five repeats of the mean µs of processor time of one call: others on the machine do not count. */
function cost(calls: number, f: (i: number) => void): number {
  for (let i = 0; i < calls; i++) f(i);
  const us: number[] = [];
  for (let k = 0; k < 5; k++) {
    const from = process.cpuUsage();
    for (let i = 0; i < calls; i++) f(i);
    const { user, system } = process.cpuUsage(from);
    us.push((user + system) / calls);
  }
  return us.sort((a, b) => a - b)[2];
}

/** The cost of a row when rows come one at a time, a hundred or ten thousand: `one` scores row number i. */
const oneByOne = (batches: readonly number[], rows: number, one: (i: number) => void): Costs =>
  batches.map((batch) => {
    const calls = Math.max(1, Math.ceil(rows / batch));
    return (
      cost(calls, (c) => {
        for (let i = 0; i < batch; i++) one(c * batch + i);
      }) / batch
    );
  });

const profileOf = (): Profile => PROFILES.find((p) => p.type === TYPE) as Profile;

/** A scorer that has learned a set, and the CPU ms that took. */
function learned(set: RowSet, changes: Partial<DetectSettings>) {
  const settings = { ...settingsDefaults(detectSettings), ...changes };
  const { schema } = set;
  const width = schema.features.length;
  const rows = new Float64Array(set.train.length * width);
  set.train.forEach((r, i) => {
    rows.set(r, i * width);
  });
  const began = process.cpuUsage();
  const { text } = trainModel({ rows, width, schema, type: TYPE, seed: 1, settings, fromUs: 0, untilUs: 0 });
  const spent = process.cpuUsage(began);
  const scorer = createScorer({ settings, schema, profiles: PROFILES, counters: new Counters() });
  scorer.setModel(text);
  return { scorer, trainMs: (spent.user + spent.system) / 1000 };
}

/** How much is measured: batch sizes, and rows at least of each. */
interface Extent {
  readonly batches: readonly number[];
  readonly rows: number;
}

/** Scores rows and, when asked, says in words why each is odd. @throws when a row that is to be explained is not odd */
function ours(set: RowSet, scorer: Scorer, explained: boolean, { batches, rows }: Extent): Costs {
  const number = PROFILES.findIndex((p) => p.type === TYPE);
  const probe = explained ? set.odd : set.probe;
  const row = { device: 0, tsUs: 0, values: probe[0], schemaId: set.schema.id };
  const profile = profileOf();
  return oneByOne(batches, rows, (i) => {
    row.values = probe[i % probe.length];
    const score = scorer.score(row, number);
    if (!explained) return;
    const finding = score && anomalyFinding({ score, row, schema: set.schema, profile, learning: true, scorer });
    if (!finding?.reasons.length) throw new Error(`row ${i} of those that are odd has no explanation`);
  });
}

const plain = (r: Float64Array): number[] => Array.from(r, (x) => (Number.isNaN(x) ? MISSING : x));

function library(set: RowSet, e: Extent): Costs {
  const forest = new IsolationForest({ nEstimators: TREES });
  forest.train(set.train.slice(0, SAMPLE).map(plain));
  const probe = set.probe.map(plain);
  return e.batches.map((batch) => {
    const data = Array.from({ length: Math.max(batch, 256) }, (_, i) => probe[i % probe.length]);
    const batches = Array.from({ length: Math.floor(data.length / batch) }, (_, i) =>
      data.slice(i * batch, (i + 1) * batch),
    );
    const calls = Math.max(1, Math.floor(e.rows / batch));
    return cost(calls, (i) => void forest.predict(batches[i % batches.length])) / batch;
  });
}

/** scikit-learn on the same rows, on one core; null when it is not there. @throws when it fails */
function sklearn(set: RowSet, dir: string, { batches, rows }: Extent): Costs | null {
  const python = pythonWith('sklearn');
  if (python === null) return null;
  const file = join(dir, 'rows.f64');
  writeFileSync(file, Buffer.from(Float64Array.from([...set.train, ...set.probe].flatMap(plain)).buffer));
  const script = join(projectRoot(), 'tests', 'bench', 'isolation-forest.py');
  const numbers = [set.schema.features.length, set.train.length, TREES, rows, ...batches].map(String);
  const words = [...(haveProgram('taskset') ? CORE : []), python, script, file, ...numbers];
  const r = spawnSync(words[0], words.slice(1), { encoding: 'utf8' });
  if (r.status !== 0) throw new Error(`scikit-learn: ${r.stderr.slice(-500)}`);
  const said = JSON.parse(r.stdout) as Record<string, number>;
  return batches.map((b) => said[b]);
}

/** One score, with its p-value and with its reasons in words, beside the libraries people would use, on the same rows. */
export async function benchScore(dir: string, quick: boolean, report: Report): Promise<void> {
  const extent: Extent = quick ? { batches: QUICK_BATCHES, rows: 500 } : { batches: BATCHES, rows: 5000 };
  const out: string[] = [];
  const targets: Target[] = [];
  const sets = quick ? [randomRows(300)] : [await deviceRows(dir, 1_000_000), randomRows(2500)];
  for (const set of sets) {
    const fused = learned(set, {});
    const explaining = learned(set, { threshold_p: 0.5, persist_need: 1, persist_of: 1 });
    const forest = learned(set, { detectors: 'forest', forest_trees: TREES, forest_sample: SAMPLE });
    const p = ours(set, fused.scorer, false, extent);
    const why = ours(set, explaining.scorer, true, extent);
    const python = sklearn(set, dir, extent);
    const rows: [string, Costs][] = [
      ['wardwire, all detectors: p-value', p],
      ['wardwire, all detectors: p-value and reasons in words', why],
      [`wardwire, forest alone: p-value`, ours(set, forest.scorer, false, extent)],
      ['ml-isolation-forest', library(set, extent)],
    ];
    if (python !== null) rows.push(['scikit-learn IsolationForest.score_samples', python]);
    const cells = rows.map(([name, costs]) => [name, ...costs.map((us) => us.toFixed(us < 100 ? 1 : 0))]);
    out.push(
      `rows ${set.name}; learned from ${set.train.length} (in ${(fused.trainMs / 1000).toFixed(1)} s of CPU)`,
      table(['µs of CPU a row', ...extent.batches.map((b) => (b === 1 ? 'one by one' : `by ${count(b)}`))], cells),
      '',
    );
    if (targets.length > 0 || quick) continue;
    targets.push(
      { what: 'score of one row with its p-value', found: p[0], limit: 10, sense: 'at most', unit: ' µs' },
      { what: 'score of one row with its explanation', found: why[0], limit: 50, sense: 'at most', unit: ' µs' },
    );
    if (python !== null)
      targets.push({
        what: "score of one row, times as fast as scikit-learn's",
        found: python[0] / p[0],
        limit: 1000,
        sense: 'at least',
        unit: 'x',
      });
  }
  const missing = pythonWith('sklearn') === null ? '; scikit-learn is not on this machine' : '';
  out.unshift(`score: forests of ${TREES} trees from ${SAMPLE} rows each, one core${missing}`);
  report.part('score', out.join('\n'), targets);
}
