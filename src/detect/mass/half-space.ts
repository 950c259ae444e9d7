import type { Random } from '../../core/index.js';
import { mean, type PackedTrees, TreeWriter } from '../forest/pack.js';
import type { Matrix } from '../matrix.js';

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

  const node = (rows: Int32Array, depth: number): number => {
    if (depth >= maxDepth || rows.length < SMALL) {
      return w.leaf(Math.log2((rows.length + 0.5) / (m.rows + 0.5)) + depth);
    }
    const f = random.int(m.width);
    const cut = (from[f] + to[f]) / 2;
    const i = w.inner(f, cut);
    let n = 0;
    for (let k = 0; k < rows.length; k++) if (m.at(rows[k], f) < cut) n++;
    const left = new Int32Array(n);
    const right = new Int32Array(rows.length - n);
    for (let k = 0, l = 0, r = 0; k < rows.length; k++) {
      if (m.at(rows[k], f) < cut) left[l++] = rows[k];
      else right[r++] = rows[k];
    }
    const top = to[f];
    to[f] = cut;
    const li = node(left, depth + 1);
    to[f] = top;
    const bottom = from[f];
    from[f] = cut;
    w.setRight(i);
    const ri = node(right, depth + 1);
    from[f] = bottom;
    w.setValue(i, mean(w.value(li), left.length, w.value(ri), right.length));
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
    node(all, 0);
  }
  return w.finish();
}
