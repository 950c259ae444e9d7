import { pathToFileURL } from 'node:url';
import { IsolationForest } from 'ml-isolation-forest';
import { Counters, Random, settingsDefaults } from '../../src/core/index.js';
import { growLibraryTrees } from '../../src/detect/forest/grow.js';
import { packLibraryTrees } from '../../src/detect/forest/pack.js';
import { meanValue } from '../../src/detect/forest/score.js';
import { createScorer, detectSettings, trainModel } from '../../src/detect/index.js';
import { Matrix } from '../../src/detect/matrix.js';
import { plainSchema } from '../support/detect-data.js';
import { PROFILES } from '../support/detect-stage.js';

const WIDTH = 60;
const ROWS = 2000;
const TRAIN_ROWS = 20_000;

function rows(n: number, seed: number): Float64Array {
  const r = new Random(seed);
  return Float64Array.from({ length: n * WIDTH }, () => Math.exp(2 + 0.5 * r.normal()));
}

/** Median over `repeats` of the mean µs of processor time of one call: others on the machine do not count. */
function cost(calls: number, repeats: number, f: (i: number) => void): number {
  for (let i = 0; i < calls; i++) f(i);
  const us: number[] = [];
  for (let k = 0; k < repeats; k++) {
    const from = process.cpuUsage();
    for (let i = 0; i < calls; i++) f(i);
    const { user, system } = process.cpuUsage(from);
    us.push((user + system) / calls);
  }
  return us.sort((a, b) => a - b)[repeats >> 1];
}

/** Cost of one score beside ml-isolation-forest's own predict: 60 features, 100 trees from 256 rows. */
export function benchScore(quick = false): string {
  const calls = quick ? 2000 : 20_000;
  const schema = plainSchema(WIDTH);
  const data = rows(ROWS, 1);
  const settings = settingsDefaults(detectSettings);
  const many = rows(quick ? ROWS : TRAIN_ROWS, 2);
  const began = process.cpuUsage();
  trainModel({ rows: many, width: WIDTH, schema, type: 'ventilator', seed: 1, settings, fromUs: 0, untilUs: 0 });
  const spent = process.cpuUsage(began);
  const trainMs = (spent.user + spent.system) / 1000;
  const { text } = trainModel({
    rows: data,
    width: WIDTH,
    schema,
    type: 'ventilator',
    seed: 1,
    settings,
    fromUs: 0,
    untilUs: 0,
  });
  const probe = Array.from({ length: 256 }, (_, i) => data.slice(i * WIDTH, (i + 1) * WIDTH));
  const out: string[] = [
    `score of one row, ${WIDTH} features, µs (training on ${many.length / WIDTH} rows: ${trainMs.toFixed(0)} ms of CPU)`,
  ];
  for (const detectors of ['fused', 'forest'] as const) {
    const scorer = createScorer({
      settings: { ...settings, detectors },
      schema,
      profiles: PROFILES,
      counters: new Counters(),
    });
    scorer.setModel(text);
    const row = { device: 0, tsUs: 0, values: probe[0], schemaId: schema.id };
    const us = cost(calls, 5, (i) => {
      row.values = probe[i & 255];
      scorer.score(row, 0);
    });
    out.push(`  ours, ${detectors.padEnd(28)} ${us.toFixed(1)}`);
  }
  const m = new Matrix(data, WIDTH);
  const trees = growLibraryTrees(m, 100, 256, new Random(1));
  const packed = packLibraryTrees(trees);
  out.push(
    `  the library's trees, packed          ${cost(calls, 5, (i) => void meanValue(packed, probe[i & 255])).toFixed(1)}`,
  );
  const library = new IsolationForest({ nEstimators: 100 });
  library.train([...Array(256)].map((_, i) => [...probe[i]]));
  const lists = probe.map((p) => [...p]);
  const us = cost(quick ? 500 : 5000, 5, (i) => void library.predict([lists[i & 255]]));
  out.push(`  ml-isolation-forest predict          ${us.toFixed(1)}`);
  return out.join('\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) console.log(benchScore());
