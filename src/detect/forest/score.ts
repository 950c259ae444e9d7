import { LEAF, type PackedTrees } from './pack.js';

/** Mean leaf value of a row over all trees. `x` has no NaN. Allocates nothing. */
export function meanValue(t: PackedTrees, x: Float64Array): number {
  const { roots } = t;
  const { numbers, links } = t.nodes;
  let sum = 0;
  for (let k = 0; k < roots.length; k++) {
    let i = roots[k];
    let f = links[4 * i + 3];
    // ends at a leaf: children always lie behind their parent
    while (f !== LEAF) {
      i = x[f] < numbers[2 * i] ? i + 1 : links[4 * i + 2];
      f = links[4 * i + 3];
    }
    sum += numbers[2 * i];
  }
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
