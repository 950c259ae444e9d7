import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row of the shared captures' manifest: its columns by name, '' where there is nothing. */
export type ManifestRow = (column: string) => string;

/** Rows of the manifest in the shared folder. */
export function readManifest(shared: string): ManifestRow[] {
  const [head, ...rows] = readFileSync(join(shared, 'pcaps', 'MANIFEST.tsv'), 'utf8')
    .trim()
    .split('\n')
    .map((l) => l.split('\t')); // prettier-ignore
  return rows.map((r) => (column) => r[head.indexOf(column)] ?? '');
}
