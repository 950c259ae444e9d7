import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults } from '../../../src/core/index.js';
import { detectSettings, type EvaluateReport, evaluateTable } from '../../../src/detect/index.js';
import { compareSets } from '../../bench/detectors.js';
import { adbench, adbenchNames, nslKdd, reference } from '../../support/public-sets.js';
import { sharedFolder } from '../../support/wardwire.js';

// Real labelled traffic. Three seeds here; `npm run bench:detectors` runs as many as asked and prints every figure.
const dir = sharedFolder();
const skip = dir === null || !existsSync(join(dir, 'datasets')) ? 'NO DATASETS: set WARDWIRE_SHARED' : false;

t.setTimeout(600_000);

const OPTIONS = {
  settings: settingsDefaults(detectSettings),
  seed: 1,
  seeds: 3,
  fit: 'benign',
  trainRows: 20_000,
  attacks: [],
  learning: false,
  alertsPerWeek: 1,
  scoringsPerWeek: 10_080,
} as const;

t.test('four sets of traffic: the default against the plain forest, benign-trained', { skip }, async (t) => {
  const { means, lines } = compareSets(dir!, 3);
  for (const line of lines) t.comment(line);
  const [plain, ours] = [means.get('plain')!, means.get('fused')!];
  t.ok(ours.auroc >= 0.86, `AUROC ${ours.auroc}`);
  t.ok(ours.found[0] >= 1.5 * plain.found[0], `at 1 %: ${ours.found[0]} against ${plain.found[0]}`);
  t.ok(ours.found[1] >= 2 * plain.found[1], `at 0.1 %: ${ours.found[1]} against ${plain.found[1]}`);
});

t.test('ADBench: the plain forest, fitted on all rows, is scikit-learn’s within 3 sd', { skip }, async (t) => {
  // the small ones; all of them in the bench
  for (const name of ['45_wine', '4_breastw', '18_Ionosphere']) {
    const r = evaluateTable(adbench(dir!, name), { ...OPTIONS, fit: 'all', seeds: 3 });
    const auroc = r.detectors.find((d) => d.name === 'plain')!.auroc.mean;
    const { mean, sd } = reference(dir!, name);
    t.ok(Math.abs(auroc - mean) <= 3 * sd, `${name}: ${auroc.toFixed(4)}, reference ${mean} ± ${sd}`);
  }
  t.ok(adbenchNames(dir!).length >= 10);
});

t.test('ADBench, benign-trained: the default is not worse than the plain forest on the mean', { skip }, async (t) => {
  const mean = (name: string, reports: EvaluateReport[]): number =>
    reports.reduce((sum, r) => sum + r.detectors.find((d) => d.name === name)!.auroc.mean, 0) / reports.length;
  const small = ['45_wine', '4_breastw', '18_Ionosphere', '6_cardio', '14_glass'];
  const reports = small.map((name) => evaluateTable(adbench(dir!, name), { ...OPTIONS, seeds: 1 }));
  t.ok(mean('fused', reports) >= mean('plain', reports), `${mean('fused', reports)} ≥ ${mean('plain', reports)}`);
});

t.test('the same seed gives the same report', { skip }, async (t) => {
  const table = nslKdd(dir!);
  const some = { ...table, rows: 3000, label: table.label.subarray(0, 3000) };
  t.same(evaluateTable(some, { ...OPTIONS, seeds: 1 }), evaluateTable(some, { ...OPTIONS, seeds: 1 }));
});
