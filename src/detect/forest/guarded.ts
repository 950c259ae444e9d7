import type { Random } from '../../core/index.js';
import { type Matrix, partition } from '../matrix.js';
import { sampleRows } from './grow.js';
import { mean, type PackedTrees, TreeWriter } from './pack.js';

/** Share of the node's range by which a split may lie outside of it, on both sides. */
const EXTEND = 1;
/** Share of splits that only guard: they lie outside everything seen, on any feature, constant ones too. */
const GUARD = 0.25;
/** Range of a constant feature, in robust standard deviations of the transform. */
const CONSTANT_RANGE = 1;

/**
 * The stronger forest: a plain isolation tree puts a row outside every training range into the same leaf as the benign
 * extremes, so it can never score above them. Here splits may lie outside the sample, and a leaf is weighed by the mass
 * of ALL training rows that fall into it, as log2 of its share: rare is low, empty is lowest.
 */
export function growGuardedTrees(m: Matrix, trees: number, sample: number, random: Random): PackedTrees {
  const w = new TreeWriter();
  const maxDepth = Math.ceil(Math.log2(Math.max(2, Math.min(sample, m.rows)))) + 4;
  const grower = new Grower(m, w, random, maxDepth);
  for (let i = 0; i < trees; i++) {
    w.startTree();
    grower.grow(sampleRows(m.rows, sample, random));
  }
  return w.finish();
}

class Grower {
  readonly #width: number;
  readonly #rows: number;
  readonly #values: Float64Array;
  readonly #w: TreeWriter;
  readonly #random: Random;
  readonly #maxDepth: number;
  /** All row numbers, and those of the sample; every node owns a stretch of each. */
  readonly #all: Int32Array;
  #sample = new Int32Array(0);

  constructor(m: Matrix, w: TreeWriter, random: Random, maxDepth: number) {
    this.#width = m.width;
    this.#rows = m.rows;
    this.#values = m.byColumn();
    this.#w = w;
    this.#random = random;
    this.#maxDepth = maxDepth;
    this.#all = Int32Array.from({ length: m.rows }, (_, i) => i);
  }

  grow(sample: readonly number[]): void {
    this.#sample = Int32Array.from(sample);
    this.#node(0, sample.length, 0, this.#rows, 0);
  }

  /** Writes the node over the sampled rows s0…s1 and all rows a0…a1 that fall into it; returns its index. */
  #node(s0: number, s1: number, a0: number, a1: number, depth: number): number {
    const w = this.#w;
    if (depth >= this.#maxDepth || s1 - s0 <= 1) return w.leaf(this.#mass(a1 - a0));
    const f = this.#random.int(this.#width);
    const cut = this.#cut(s0, s1, f);
    const i = w.inner(f, cut);
    const base = f * this.#rows;
    const sm = partition(this.#sample, s0, s1, this.#values, base, cut);
    const am = partition(this.#all, a0, a1, this.#values, base, cut);
    const left = this.#node(s0, sm, a0, am, depth + 1);
    w.setRight(i);
    const right = this.#node(sm, s1, am, a1, depth + 1);
    w.setValue(i, mean(w.value(left), am - a0, w.value(right), a1 - am));
    return i;
  }

  #mass(rows: number): number {
    return Math.log2((rows + 0.5) / (this.#rows + 0.5));
  }

  #cut(s0: number, s1: number, f: number): number {
    let lo = Number.POSITIVE_INFINITY;
    let hi = Number.NEGATIVE_INFINITY;
    for (let i = s0; i < s1; i++) {
      const v = this.#values[f * this.#rows + this.#sample[i]];
      if (v < lo) lo = v;
      if (v > hi) hi = v;
    }
    const range = hi > lo ? hi - lo : CONSTANT_RANGE;
    const r = this.#random.float();
    if (hi === lo || this.#random.float() < GUARD) {
      const beyond = r * EXTEND * range;
      return this.#random.float() < 0.5 ? lo - beyond : hi + beyond + Number.EPSILON * Math.max(1, Math.abs(hi));
    }
    return lo - EXTEND * range + r * (1 + 2 * EXTEND) * range;
  }
}
