import { IsolationForest, type LibraryNode } from 'ml-isolation-forest';
import type { Random } from '../../core/index.js';
import type { Matrix } from '../matrix.js';

/** `count` distinct row numbers, seeded (partial Fisher–Yates). */
export function sampleRows(rows: number, count: number, random: Random): number[] {
  const n = Math.min(rows, count);
  const all = Int32Array.from({ length: rows }, (_, i) => i);
  for (let i = 0; i < n; i++) {
    const j = i + random.int(rows - i);
    const t = all[i];
    all[i] = all[j];
    all[j] = t;
  }
  return Array.from(all.subarray(0, n));
}

/**
 * Grows isolation trees with ml-isolation-forest: one call a seeded subsample, because the library itself trains every
 * tree on all rows. It draws from the global generator, which is ours while it works, so the same seed gives the same
 * trees. Synchronous; runs in the training worker.
 */
export function growLibraryTrees(m: Matrix, trees: number, sample: number, random: Random): LibraryNode[] {
  const out: LibraryNode[] = [];
  const global = Math.random;
  Math.random = () => random.float();
  try {
    for (let i = 0; i < trees; i++) {
      const rows = sampleRows(m.rows, sample, random).map((r) =>
        Array.from(m.data.subarray(r * m.width, (r + 1) * m.width)),
      );
      const forest = new IsolationForest({ nEstimators: 1 });
      forest.train(rows);
      out.push(forest.forest[0]);
    }
  } finally {
    Math.random = global;
  }
  return out;
}
