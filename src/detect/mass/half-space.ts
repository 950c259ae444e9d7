import type { Random } from '../../core/index.js';
import { mean, type PackedTrees, TreeWriter } from '../forest/pack.js';
import { type Matrix, partition } from '../matrix.js';

/** Width of the work range of a constant feature, in robust standard deviations of the transform. */
const CONSTANT_RANGE = 1;
/** A node with fewer rows is not split further. */
const SMALL = 2;

/**
 * Half-space trees (Tan, Ting, Liu 2011): ranges are halved without looking at the rows, which then only weigh the
 * nodes. Splits whose rows are too few to divide are not made, so memory follows the data and not 2^depth. A leaf's
 * value is log2 of mass × 2^depth (the density of its box) relative to all rows: rare is low.
 */
export function growHalfSpaceTrees(m: Matrix, trees: number, maxDepth: number, random: Random): PackedTrees {
  const w = new TreeWriter();
  const lo = new Float64Array(m.width).fill(Number.POSITIVE_INFINITY);
  const hi = new Float64Array(m.width).fill(Number.NEGATIVE_INFINITY);
  for (let r = 0; r < m.rows; r++) {
    for (let f = 0; f < m.width; f++) {
      const v = m.at(r, f);
      if (v < lo[f]) lo[f] = v;
      if (v > hi[f]) hi[f] = v;
    }
  }
  const all = Int32Array.from({ length: m.rows }, (_, i) => i);
  const from = new Float64Array(m.width);
  const to = new Float64Array(m.width);

  const values = m.byColumn();
  // every node owns the stretch a…b of the row numbers
  const node = (a: number, b: number, depth: number): number => {
    if (depth >= maxDepth || b - a < SMALL) return w.leaf(Math.log2((b - a + 0.5) / (m.rows + 0.5)) + depth);
    const f = random.int(m.width);
    const cut = (from[f] + to[f]) / 2;
    const i = w.inner(f, cut);
    const mid = partition(all, a, b, values, f * m.rows, cut);
    const top = to[f];
    to[f] = cut;
    const left = node(a, mid, depth + 1);
    to[f] = top;
    const bottom = from[f];
    from[f] = cut;
    w.setRight(i);
    const right = node(mid, b, depth + 1);
    from[f] = bottom;
    w.setValue(i, mean(w.value(left), mid - a, w.value(right), b - mid));
    return i;
  };

  for (let t = 0; t < trees; t++) {
    for (let f = 0; f < m.width; f++) {
      const width = hi[f] > lo[f] ? hi[f] - lo[f] : CONSTANT_RANGE;
      const s = lo[f] + random.float() * width;
      const half = 2 * Math.max(s - lo[f], lo[f] + width - s);
      from[f] = s - half;
      to[f] = s + half;
    }
    w.startTree();
    node(0, m.rows, 0);
  }
  return w.finish();
}
