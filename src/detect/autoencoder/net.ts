import type { Random } from '../../core/index.js';

/**
 * One small autoencoder in a flat array: inputs x, hidden tanh(W1 x + b1), output W2 h + b2 (linear, so that what lies
 * outside everything seen is not squeezed back into the range). Layout of its weights, n inputs, h hidden:
 * W1 (h rows of n), b1 (h), W2 (n rows of h), b2 (n).
 */
export const weightsOf = (inputs: number, hidden: number): number => 2 * inputs * hidden + hidden + inputs;

/** Uniform start of ±1/√inputs, biases 0. */
export function startWeights(w: Float64Array, from: number, inputs: number, hidden: number, random: Random): void {
  const span = 1 / Math.sqrt(inputs);
  const b1 = from + inputs * hidden;
  const w2 = b1 + hidden;
  const b2 = w2 + inputs * hidden;
  for (let i = from; i < b1; i++) w[i] = span * (2 * random.float() - 1);
  for (let i = w2; i < b2; i++) w[i] = span * (2 * random.float() - 1);
}

/**
 * Runs one net over `x` (n inputs); leaves the hidden layer in `h`, the residual x − output in `e`, and answers the mean
 * of the squared residuals. Allocates nothing.
 */
export function residual(
  w: Float64Array,
  from: number,
  inputs: number,
  hidden: number,
  x: Float64Array,
  h: Float64Array,
  e: Float64Array,
): number {
  const b1 = from + inputs * hidden;
  const w2 = b1 + hidden;
  affine(w, from, b1, hidden, inputs, x, h);
  for (let j = 0; j < hidden; j++) h[j] = Math.tanh(h[j]);
  affine(w, w2, w2 + inputs * hidden, inputs, hidden, h, e);
  let sum = 0;
  for (let i = 0; i < inputs; i++) {
    const r = x[i] - e[i];
    e[i] = r;
    sum += r * r;
  }
  return sum / inputs;
}

/** One layer before its function: `rows` biases from `b` on, each plus the products of its `n` weights (rows from `k` on) with `v`. */
function affine(
  w: Float64Array,
  k: number,
  b: number,
  rows: number,
  n: number,
  v: Float64Array,
  out: Float64Array,
): void {
  let r = 0;
  // four units side by side: each sum waits for its own last step only, and adds up in the same order as alone
  for (; r + 3 < rows; r += 4) {
    const at = k + r * n;
    let a0 = w[b + r];
    let a1 = w[b + r + 1];
    let a2 = w[b + r + 2];
    let a3 = w[b + r + 3];
    for (let i = 0; i < n; i++) {
      const x = v[i];
      a0 += w[at + i] * x;
      a1 += w[at + n + i] * x;
      a2 += w[at + 2 * n + i] * x;
      a3 += w[at + 3 * n + i] * x;
    }
    out[r] = a0;
    out[r + 1] = a1;
    out[r + 2] = a2;
    out[r + 3] = a3;
  }
  for (; r < rows; r++) {
    let a = w[b + r];
    for (let i = 0; i < n; i++) a += w[k + r * n + i] * v[i];
    out[r] = a;
  }
}

/** Longest step of one row against one weight: a wild row must not throw the net about. */
const MOST_RESIDUAL = 3;

/** One step of stochastic gradient descent on the squared residual of `x`. `h`, `e` and `g` are scratch. */
export function learn(
  w: Float64Array,
  from: number,
  inputs: number,
  hidden: number,
  x: Float64Array,
  rate: number,
  h: Float64Array,
  e: Float64Array,
  g: Float64Array,
): void {
  residual(w, from, inputs, hidden, x, h, e);
  const b1 = from + inputs * hidden;
  const w2 = b1 + hidden;
  const b2 = w2 + inputs * hidden;
  for (let j = 0; j < hidden; j++) g[j] = 0;
  for (let i = 0; i < inputs; i++) {
    const r = e[i] > MOST_RESIDUAL ? MOST_RESIDUAL : e[i] < -MOST_RESIDUAL ? -MOST_RESIDUAL : e[i];
    const step = rate * r;
    const row = w2 + i * hidden;
    for (let j = 0; j < hidden; j++) {
      g[j] += w[row + j] * r;
      w[row + j] += step * h[j];
    }
    w[b2 + i] += step;
  }
  for (let j = 0; j < hidden; j++) {
    const step = rate * g[j] * (1 - h[j] * h[j]);
    if (step === 0) continue;
    const row = from + j * inputs;
    for (let i = 0; i < inputs; i++) w[row + i] += step * x[i];
    w[b1 + j] += step;
  }
}
