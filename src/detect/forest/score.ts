import { FEATURE_BITS, FEATURE_MASK, LEAF, type Nodes, type PackedTrees } from './pack.js';

/** Place in `nodes` of the leaf a row falls into in tree `k`. */
export function leafOf({ threshold, link, roots, depth }: Nodes, k: number, x: Float64Array): number {
  let i = roots[k];
  for (let step = depth[k]; step > 0; step--)
    i = (link[i] >>> FEATURE_BITS) + Number(x[link[i] & FEATURE_MASK] < threshold[i]);
  return i;
}

/** Mean leaf value of a row over all trees. `x` has no NaN. Allocates nothing. */
export function meanValue(t: PackedTrees, x: Float64Array): number {
  const { nodes } = t;
  const { threshold, link, value, roots, depth } = nodes;
  const n = roots.length;
  let sum = 0;
  let k = 0;
  // eight trees side by side: a step waits for the memory of its own tree only
  for (; k + 7 < n; k += 8) {
    let steps = 0;
    for (let j = k; j < k + 8; j++) steps = Math.max(steps, depth[j]);
    let a = roots[k];
    let b = roots[k + 1];
    let c = roots[k + 2];
    let d = roots[k + 3];
    let e = roots[k + 4];
    let f = roots[k + 5];
    let g = roots[k + 6];
    let h = roots[k + 7];
    for (; steps > 0; steps--) {
      a = (link[a] >>> FEATURE_BITS) + Number(x[link[a] & FEATURE_MASK] < threshold[a]);
      b = (link[b] >>> FEATURE_BITS) + Number(x[link[b] & FEATURE_MASK] < threshold[b]);
      c = (link[c] >>> FEATURE_BITS) + Number(x[link[c] & FEATURE_MASK] < threshold[c]);
      d = (link[d] >>> FEATURE_BITS) + Number(x[link[d] & FEATURE_MASK] < threshold[d]);
      e = (link[e] >>> FEATURE_BITS) + Number(x[link[e] & FEATURE_MASK] < threshold[e]);
      f = (link[f] >>> FEATURE_BITS) + Number(x[link[f] & FEATURE_MASK] < threshold[f]);
      g = (link[g] >>> FEATURE_BITS) + Number(x[link[g] & FEATURE_MASK] < threshold[g]);
      h = (link[h] >>> FEATURE_BITS) + Number(x[link[h] & FEATURE_MASK] < threshold[h]);
    }
    sum = sum + value[a] + value[b] + value[c] + value[d] + value[e] + value[f] + value[g] + value[h];
  }
  for (; k < n; k++) sum += value[leafOf(nodes, k, x)];
  return sum / n;
}

/**
 * Adds to `out[feature]` by how much splits on it moved the answer of the trees down (rarer), mean over the trees.
 * Together with the mean root value the entries add up to `meanValue`.
 */
export function addContributions(t: PackedTrees, x: Float64Array, out: Float64Array): void {
  const { roots, feature, threshold, right, value } = t;
  for (let k = 0; k < roots.length; k++) {
    let i = roots[k];
    while (feature[i] !== LEAF) {
      const next = x[feature[i]] < threshold[i] ? i + 1 : right[i];
      out[feature[i]] += (value[i] - value[next]) / roots.length;
      i = next;
    }
  }
}
