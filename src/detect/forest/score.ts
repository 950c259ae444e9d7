import { LEAF, type Nodes, type PackedTrees } from './pack.js';

/** Number of the leaf a row falls into from a root. Ends: children always lie behind their parent. */
export function leafOf({ numbers, links }: Nodes, root: number, x: Float64Array): number {
  let i = root;
  let f = links[4 * i + 3];
  while (f !== LEAF) {
    i = x[f] < numbers[2 * i] ? i + 1 : links[4 * i + 2];
    f = links[4 * i + 3];
  }
  return i;
}

/** Mean leaf value of a row over all trees. `x` has no NaN. Allocates nothing. */
export function meanValue(t: PackedTrees, x: Float64Array): number {
  const { roots, nodes } = t;
  let sum = 0;
  for (let k = 0; k < roots.length; k++) sum += nodes.numbers[2 * leafOf(nodes, roots[k], x)];
  return sum / roots.length;
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
