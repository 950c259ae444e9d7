import { LEAF, type Nodes, type PackedTrees } from './pack.js';

/** Place in `nodes` of the leaf a row falls into in tree `k`. */
export function leafOf({ numbers, links, roots, depth }: Nodes, k: number, x: Float64Array): number {
  let i = roots[k];
  for (let step = depth[k]; step > 0; step--) i = links[4 * i + 2] + Number(x[links[4 * i + 3]] < numbers[2 * i]);
  return i;
}

/** Mean leaf value of a row over all trees. `x` has no NaN. Allocates nothing. */
export function meanValue(t: PackedTrees, x: Float64Array): number {
  const { nodes } = t;
  const { numbers, links, value, roots, depth } = nodes;
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
      a = links[4 * a + 2] + Number(x[links[4 * a + 3]] < numbers[2 * a]);
      b = links[4 * b + 2] + Number(x[links[4 * b + 3]] < numbers[2 * b]);
      c = links[4 * c + 2] + Number(x[links[4 * c + 3]] < numbers[2 * c]);
      d = links[4 * d + 2] + Number(x[links[4 * d + 3]] < numbers[2 * d]);
      e = links[4 * e + 2] + Number(x[links[4 * e + 3]] < numbers[2 * e]);
      f = links[4 * f + 2] + Number(x[links[4 * f + 3]] < numbers[2 * f]);
      g = links[4 * g + 2] + Number(x[links[4 * g + 3]] < numbers[2 * g]);
      h = links[4 * h + 2] + Number(x[links[4 * h + 3]] < numbers[2 * h]);
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
