// Writes the files of the package that are generated from code (after a build).
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { generatedFiles, metricFamilies, metricsPage } = await import(join(root, 'dist', 'src', 'runtime', 'index.js'));
const { licencesPage } = await import('./licences.mjs');
const { verdictsPage } = await import('./verdicts.mjs');
const { dashboards } = await import('./dashboards/index.mjs');
const { units } = await import('./units.mjs');
for (const [path, text] of Object.entries({
  ...generatedFiles(),
  ...dashboards(),
  ...units(),
  'docs/metrics.md': metricsPage(await metricFamilies()),
  'docs/licences.md': licencesPage(root),
  'docs/verdicts.md': verdictsPage(root),
})) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path}\n`);
}
