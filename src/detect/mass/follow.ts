import { FEATURE_BITS, type PackedTrees } from '../forest/pack.js';
import { leafOf } from '../forest/score.js';

/** Masses are halved in so many steps a half-life. */
const STEPS = 8;

/**
 * Half-space trees whose masses follow the rows that were judged ordinary, without growing anew (Tan, Ting, Liu 2011):
 * a row adds to the leaf it falls into, and what was learned counts half after each half-life. A copy: the trees of the
 * model stay as they were signed.
 */
export class FollowedMass {
  /** A leaf's value is log2(its mass + ½) + its depth; `shift` makes it a density. */
  readonly trees: PackedTrees;
  /** Places of the leaves, and by place their mass and depth. */
  readonly #leaves: number[] = [];
  readonly #mass: Float64Array;
  readonly #depth: Uint8Array;
  readonly #stepUs: number;
  readonly #keep: number;
  #total: number;
  #nextUs = Number.NaN;

  /** `rows` the trees were grown from; half-life in s. */
  constructor(trees: PackedTrees, rows: number, halfLifeS: number) {
    const { nodes } = trees;
    this.trees = { ...trees, nodes: { ...nodes, value: nodes.value.slice() } };
    this.#mass = new Float64Array(nodes.value.length);
    this.#depth = new Uint8Array(nodes.value.length);
    this.#total = rows;
    this.#stepUs = (halfLifeS * 1e6) / STEPS;
    this.#keep = 2 ** (-1 / STEPS);
    const down = (i: number, depth: number): void => {
      const right = nodes.link[i] >>> FEATURE_BITS;
      if (right === i) {
        this.#leaves.push(i);
        this.#depth[i] = depth;
        // the value is log2((mass + ½) / (rows + ½)) + depth, see `growHalfSpaceTrees`
        this.#mass[i] = Math.max(0, 2 ** (nodes.value[i] - depth) * (rows + 0.5) - 0.5);
        this.#write(i);
        return;
      }
      down(right, depth + 1);
      down(right + 1, depth + 1);
    };
    for (const root of nodes.roots) down(root, 0);
  }

  /** To be taken off a mean of leaf values. */
  get shift(): number {
    return Math.log2(this.#total + 0.5);
  }

  /** Takes in a row that was judged ordinary, at event time in µs. */
  learn(x: Float64Array, tsUs: number): void {
    if (Number.isNaN(this.#nextUs)) this.#nextUs = tsUs + this.#stepUs;
    if (tsUs >= this.#nextUs) this.#age(tsUs);
    const { nodes } = this.trees;
    for (let k = 0; k < nodes.roots.length; k++) {
      const i = leafOf(nodes, k, x);
      this.#mass[i]++;
      this.#write(i);
    }
    this.#total++;
  }

  /** Less than a millisecond for the largest trees, a few times a half-life. */
  #age(tsUs: number): void {
    const steps = 1 + Math.floor((tsUs - this.#nextUs) / this.#stepUs);
    const keep = this.#keep ** steps;
    this.#nextUs += steps * this.#stepUs;
    this.#total *= keep;
    for (const i of this.#leaves) {
      this.#mass[i] *= keep;
      this.#write(i);
    }
  }

  #write(i: number): void {
    this.trees.nodes.value[i] = Math.log2(this.#mass[i] + 0.5) + this.#depth[i];
  }
}
