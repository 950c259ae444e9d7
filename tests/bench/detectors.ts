import { pathToFileURL } from 'node:url';
import { settingsDefaults } from '../../src/core/index.js';
import { detectSettings, type EvaluateOptions, type EvaluateReport, evaluateTable } from '../../src/detect/index.js';
import { adbench, adbenchNames, reference, SETS } from '../support/public-sets.js';
import { sharedFolder } from '../support/wardwire.js';
import { table } from './tools.js';

// Detectors side by side on the public sets: `npm run bench:detectors [seeds]` prints every figure.

const options = (seeds: number, fit: EvaluateOptions['fit']): EvaluateOptions => ({
  settings: settingsDefaults(detectSettings),
  seed: 1,
  seeds,
  fit,
  trainRows: 20_000,
  attacks: [],
  learning: false,
  alertsPerWeek: 1,
  scoringsPerWeek: 10_080,
});

/** AUROC and what is found at 1 % and 0.1 % false alarms. */
export interface Figures {
  readonly auroc: number;
  readonly found: readonly number[];
}

const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
const share = (x: number): string => x.toFixed(3);

/** Means over the four traffic sets by detector, and the table that shows them. */
export function compareSets(dir: string, seeds: number): { means: Map<string, Figures>; lines: string[] } {
  const reports = SETS.map((load) => evaluateTable(load(dir), options(seeds, 'benign')));
  const means = new Map<string, Figures>();
  const rows = reports[0].detectors.map((d, i) => {
    const each = reports.map((r) => r.detectors[i]);
    const found = [0, 1].map((k) => mean(each.map((e) => e.found[k].found.mean)));
    means.set(d.name, { auroc: mean(each.map((e) => e.auroc.mean)), found });
    const cell = (e: EvaluateReport['detectors'][number]): string =>
      `${share(e.auroc.mean)} ${share(e.found[0].found.mean)} ${share(e.found[1].found.mean)}`;
    const m = means.get(d.name)!;
    return [d.title, ...each.map(cell), `${share(m.auroc)} ${share(m.found[0])} ${share(m.found[1])}`];
  });
  const head = ['AUROC, found at 1 %, at 0.1 %', ...reports.map((r) => r.source), 'mean'];
  return { means, lines: table(head, rows).split('\n') };
}

/** AUROC on the ADBench sets: fitted on all rows against the reference, and benign-trained. */
function compareAdbench(dir: string, seeds: number): string {
  const names = adbenchNames(dir);
  const rows = names.map((name) => {
    const t = adbench(dir, name);
    const of = (fit: EvaluateOptions['fit']): Record<string, number> =>
      Object.fromEntries(evaluateTable(t, options(seeds, fit)).detectors.map((d) => [d.name, d.auroc.mean]));
    const [all, benign] = [of('all'), of('benign')];
    const r = reference(dir, name);
    const off = Math.abs(all.plain - r.mean) / r.sd;
    return { name, cells: [r.mean, off, all.plain, all.fused, benign.plain, benign.fused] };
  });
  const cells = (v: readonly number[]): string[] => v.map((x, i) => (i === 1 ? `${x.toFixed(1)} sd` : x.toFixed(4)));
  const means = rows[0].cells.map((_, i) => mean(rows.map((r) => r.cells[i])));
  return table(
    ['AUROC', 'reference', 'plain off by', 'plain, all', 'default, all', 'plain, benign', 'default, benign'],
    [...rows.map((r) => [r.name, ...cells(r.cells)]), ['mean', ...cells(means)]],
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const dir = sharedFolder();
  if (dir === null) throw new Error('no data sets: set WARDWIRE_SHARED to the folder that holds datasets/');
  const seeds = Number(process.argv[2] ?? 10);
  console.log(compareSets(dir, seeds).lines.join('\n'));
  console.log(`\n${compareAdbench(dir, seeds)}`);
}
