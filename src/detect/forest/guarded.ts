import type { Random } from '../../core/index.js';
import type { Matrix } from '../matrix.js';
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
  const all = Int32Array.from({ length: m.rows }, (_, i) => i);
  const grower = new Grower(m, w, random, maxDepth);
  for (let i = 0; i < trees; i++) {
    w.startTree();
    grower.node(Int32Array.from(sampleRows(m.rows, sample, random)), all, 0);
  }
  return w.finish();
}

class Grower {
  readonly #m: Matrix;
  readonly #w: TreeWriter;
  readonly #random: Random;
  readonly #maxDepth: number;
  constructor(m: Matrix, w: TreeWriter, random: Random, maxDepth: number) {
    this.#m = m;
    this.#w = w;
    this.#random = random;
    this.#maxDepth = maxDepth;
  }

  /** Writes the node over the sampled rows `s` and all rows `a` that fall into it; returns its index. */
  node(s: Int32Array, a: Int32Array, depth: number): number {
    const w = this.#w;
    if (depth >= this.#maxDepth || s.length <= 1) return w.leaf(this.#mass(a.length));
    const f = this.#random.int(this.#m.width);
    const cut = this.#cut(s, f);
    const i = w.inner(f, cut);
    const [sl, sr] = this.#split(s, f, cut);
    const [al, ar] = this.#split(a, f, cut);
    const left = this.node(sl, al, depth + 1);
    w.setRight(i);
    const right = this.node(sr, ar, depth + 1);
    w.setValue(i, mean(w.value(left), al.length, w.value(right), ar.length));
    return i;
  }

  #mass(rows: number): number {
    return Math.log2((rows + 0.5) / (this.#m.rows + 0.5));
  }

  #cut(s: Int32Array, f: number): number {
    let lo = Number.POSITIVE_INFINITY;
    let hi = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < s.length; i++) {
      const v = this.#m.at(s[i], f);
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

  #split(rows: Int32Array, f: number, cut: number): [Int32Array, Int32Array] {
    let n = 0;
    for (let i = 0; i < rows.length; i++) if (this.#m.at(rows[i], f) < cut) n++;
    const left = new Int32Array(n);
    const right = new Int32Array(rows.length - n);
    let l = 0;
    let r = 0;
    for (let i = 0; i < rows.length; i++) {
      if (this.#m.at(rows[i], f) < cut) left[l++] = rows[i];
      else right[r++] = rows[i];
    }
    return [left, right];
  }
}
