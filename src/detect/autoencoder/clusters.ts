import type { Matrix } from '../matrix.js';

/** Rows the correlation is taken from: more change nothing but the time. */
const MOST_ROWS = 4000;

/**
 * Divides the columns into clusters of columns that go together, none larger than `most`: agglomerative clustering with
 * single linkage over the correlation distance 1 − |r| (Mirsky et al. 2018, section V-B, with the sign left out: a
 * column that falls when another rises tells as much of it). Columns that never varied go with each other last.
 */
export function clusterColumns(m: Matrix, most: number): number[][] {
  const d = m.width;
  const near = correlations(m);
  const pairs: [number, number, number][] = [];
  for (let i = 0; i < d; i++) for (let j = i + 1; j < d; j++) pairs.push([1 - Math.abs(near[i * d + j]), i, j]);
  // equal distances fall back to column order: the same rows give the same clusters
  pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  const of = Int32Array.from({ length: d }, (_, i) => i);
  const members: number[][] = Array.from({ length: d }, (_, i) => [i]);
  for (const [, i, j] of pairs) {
    const [a, b] = [of[i], of[j]];
    if (a === b || members[a].length + members[b].length > most) continue;
    for (const c of members[b]) of[c] = a;
    members[a].push(...members[b]);
    members[b] = [];
  }
  return members.filter((c) => c.length > 0).map((c) => c.sort((a, b) => a - b));
}

/** Pearson correlation of every pair of columns, 0 where one never varied. */
function correlations(m: Matrix): Float64Array {
  const d = m.width;
  const step = Math.max(1, Math.ceil(m.rows / MOST_ROWS));
  const mean = new Float64Array(d);
  let n = 0;
  for (let r = 0; r < m.rows; r += step, n++) for (let c = 0; c < d; c++) mean[c] += m.data[r * d + c];
  for (let c = 0; c < d; c++) mean[c] /= Math.max(1, n);
  const s = new Float64Array(d * d);
  const x = new Float64Array(d);
  for (let r = 0; r < m.rows; r += step) {
    for (let c = 0; c < d; c++) x[c] = m.data[r * d + c] - mean[c];
    for (let i = 0; i < d; i++) {
      if (x[i] === 0) continue;
      for (let j = i; j < d; j++) s[i * d + j] += x[i] * x[j];
    }
  }
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      const v = s[i * d + i] * s[j * d + j];
      out[i * d + j] = v > 1e-18 ? s[i * d + j] / Math.sqrt(v) : 0;
    }
  }
  return out;
}
