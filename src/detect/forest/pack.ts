import type { LibraryNode } from 'ml-isolation-forest';

/** Feature number of a leaf. */
export const LEAF = -1;

/**
 * Trees in flat arrays, pre-order: the left child of node i is i + 1, the right one `right[i]`. A row goes left when its
 * value is below the threshold. `value` of a leaf is what the tree says about rows in it; of an inner node the mean of
 * its leaves, weighed by rows, which explains by how much a split moved the answer.
 */
export interface PackedTrees {
  readonly roots: Int32Array;
  readonly feature: Int16Array;
  readonly threshold: Float64Array;
  readonly right: Int32Array;
  readonly value: Float64Array;
  /** The same once more as a walk needs it, see `packed`; not kept in files. */
  readonly nodes: Nodes;
}

/** Bits of a link that name the feature, and what they can name. */
export const FEATURE_BITS = 8;
export const FEATURE_MASK = (1 << FEATURE_BITS) - 1;

/**
 * Nodes as a walk reads them: a threshold, and a link with the feature in its lowest bits and above them the right child, whose
 * neighbour is the left one. A comparison is then a number to add and not a jump, which a processor would guess wrong half the
 * time, and a step reads three numbers. A leaf leads to itself whatever it is compared with, so that trees may be walked side by
 * side to the depth of the deepest.
 */
export interface Nodes {
  readonly threshold: Float64Array;
  readonly link: Uint32Array;
  /** Values of leaves, 0 elsewhere. */
  readonly value: Float64Array;
  /** Root and depth of each tree. */
  readonly roots: Int32Array;
  readonly depth: Int32Array;
}

/** Trees of their arrays. @throws RangeError when there are more nodes or features than a link can name */
export function packed(t: Omit<PackedTrees, 'nodes'>): PackedTrees {
  const { feature, threshold, right, value } = t;
  const n = feature.length;
  if (n > 2 ** (32 - FEATURE_BITS)) throw new RangeError(`${n} nodes are too many`);
  const nodes = {
    threshold: new Float64Array(n).fill(Number.NaN),
    link: new Uint32Array(n),
    value: new Float64Array(n),
    roots: new Int32Array(t.roots.length),
    depth: new Int32Array(t.roots.length),
  };
  // level by level: what most walks touch lies together
  const from = new Int32Array(n);
  let free = 0;
  for (let k = 0; k < t.roots.length; k++) {
    let at = free;
    nodes.roots[k] = free;
    from[free++] = t.roots[k];
    for (let depth = 0, end = free; at < end; depth++, end = free) {
      nodes.depth[k] = depth;
      for (; at < end; at++) {
        const i = from[at];
        if (feature[i] === LEAF) {
          nodes.link[at] = at << FEATURE_BITS;
          nodes.value[at] = value[i];
        } else {
          if (feature[i] > FEATURE_MASK) throw new RangeError(`feature ${feature[i]} is too many`);
          nodes.link[at] = (free << FEATURE_BITS) | feature[i];
          nodes.threshold[at] = threshold[i];
          from[free++] = right[i];
          from[free++] = i + 1;
        }
      }
    }
  }
  return { ...t, nodes };
}

/** Growing form of PackedTrees. */
export class TreeWriter {
  readonly #roots: number[] = [];
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #right: number[] = [];
  readonly #value: number[] = [];

  get nodes(): number {
    return this.#feature.length;
  }

  startTree(): void {
    this.#roots.push(this.#feature.length);
  }

  leaf(value: number): number {
    return this.#push(LEAF, 0, -1, value);
  }

  /** An inner node; its left child must be written next, then `setRight` called before the right child is written. */
  inner(feature: number, threshold: number): number {
    return this.#push(feature, threshold, -1, 0);
  }

  setRight(node: number): void {
    this.#right[node] = this.#feature.length;
  }

  setValue(node: number, value: number): void {
    this.#value[node] = value;
  }

  value(node: number): number {
    return this.#value[node];
  }

  finish(): PackedTrees {
    return packed({
      roots: Int32Array.from(this.#roots),
      feature: Int16Array.from(this.#feature),
      threshold: Float64Array.from(this.#threshold),
      right: Int32Array.from(this.#right),
      value: Float64Array.from(this.#value),
    });
  }

  #push(feature: number, threshold: number, right: number, value: number): number {
    this.#feature.push(feature);
    this.#threshold.push(threshold);
    this.#right.push(right);
    this.#value.push(value);
    return this.#feature.length - 1;
  }
}

/** Euler–Mascheroni constant. */
const EULER = 0.5772156649015329;

/**
 * Average path length of an unsuccessful search in a binary search tree of n keys (Liu, Ting, Zhou 2008, equation 1).
 * The library leaves Euler's constant out of the factor 2, which biases its scores low; this is the right form.
 */
export function averagePath(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n;
}

/**
 * Packs trees grown by the library: a leaf's value is its depth plus the expected rest of the path. The library also
 * splits on a column that is constant in a node, which divides nothing; such a step is passed over and not counted, for
 * an isolation tree chooses among the columns that can divide (as scikit-learn's does).
 */
export function packLibraryTrees(
  trees: readonly LibraryNode[],
  rest: (n: number) => number = averagePath,
): PackedTrees {
  const w = new TreeWriter();
  // returns the number of rows below the node
  const walk = (top: LibraryNode, depth: number): number => {
    const node = dividing(top);
    if (node.left === undefined || node.right === undefined) {
      const n = node.trainingSet?.length ?? 0;
      w.leaf(depth + rest(n));
      return n;
    }
    const i = w.inner(node.splitColumn, node.splitValue);
    const left = w.nodes;
    const nl = walk(node.left, depth + 1);
    w.setRight(i);
    const right = w.nodes;
    const nr = walk(node.right, depth + 1);
    w.setValue(i, mean(w.value(left), nl, w.value(right), nr));
    return nl + nr;
  };
  for (const t of trees) {
    w.startTree();
    walk(t, 0);
  }
  return w.finish();
}

/** The first node from here on that divides its rows, or a leaf. */
function dividing(from: LibraryNode): LibraryNode {
  let node = from;
  while (node.left !== undefined && node.right !== undefined) {
    if (isEmpty(node.left)) node = node.right;
    else if (isEmpty(node.right)) node = node.left;
    else break;
  }
  return node;
}

/** Rows are held by leaves only, and the library does not split fewer than two. */
const isEmpty = (node: LibraryNode): boolean => node.left === undefined && (node.trainingSet?.length ?? 0) === 0;

/** Mean of two values weighed by rows; plain mean when there are none. */
export function mean(a: number, na: number, b: number, nb: number): number {
  return na + nb === 0 ? (a + b) / 2 : (a * na + b * nb) / (na + nb);
}
