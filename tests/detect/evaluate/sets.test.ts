import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults } from '../../../src/core/index.js';
import { detectSettings, evaluateTable } from '../../../src/detect/index.js';
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

t.test(
  'ADBench: the plain forest is scikit-learn’s within 3 sd, the default not worse on the mean',
  { skip },
  async (t) => {
    const names = adbenchNames(dir!);
    t.ok(names.length >= 10);
    for (const fit of ['all', 'benign'] as const) {
      const means = names.map((name) => {
        const r = evaluateTable(adbench(dir!, name), { ...OPTIONS, fit, seeds: fit === 'all' ? 3 : 1 });
        const of = (d: string): number => r.detectors.find((x) => x.name === d)!.auroc.mean;
        const { mean, sd } = reference(dir!, name);
        // the reference was fitted on all rows
        if (fit === 'all')
          t.ok(Math.abs(of('plain') - mean) <= 3 * sd, `${name}: ${of('plain')}, reference ${mean} ± ${sd}`);
        return { plain: of('plain'), fused: of('fused') };
      });
      const mean = (of: 'plain' | 'fused'): number => means.reduce((sum, m) => sum + m[of], 0) / means.length;
      t.ok(mean('fused') >= mean('plain'), `fitted on ${fit}: ${mean('fused')} against ${mean('plain')}`);
    }
  },
);

t.test('the same seed gives the same report', { skip }, async (t) => {
  const table = nslKdd(dir!);
  const some = { ...table, rows: 3000, label: table.label.subarray(0, 3000) };
  t.same(evaluateTable(some, { ...OPTIONS, seeds: 1 }), evaluateTable(some, { ...OPTIONS, seeds: 1 }));
});
