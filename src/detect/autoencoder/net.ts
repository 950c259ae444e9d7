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
  const b2 = w2 + inputs * hidden;
  let j = 0;
  // four units side by side: each sum waits for its own last step only, and adds up in the same order as alone
  for (; j + 3 < hidden; j += 4) {
    const k = from + j * inputs;
    let a0 = w[b1 + j];
    let a1 = w[b1 + j + 1];
    let a2 = w[b1 + j + 2];
    let a3 = w[b1 + j + 3];
    for (let i = 0; i < inputs; i++) {
      const v = x[i];
      a0 += w[k + i] * v;
      a1 += w[k + inputs + i] * v;
      a2 += w[k + 2 * inputs + i] * v;
      a3 += w[k + 3 * inputs + i] * v;
    }
    h[j] = Math.tanh(a0);
    h[j + 1] = Math.tanh(a1);
    h[j + 2] = Math.tanh(a2);
    h[j + 3] = Math.tanh(a3);
  }
  for (; j < hidden; j++) h[j] = Math.tanh(dot(w, from + j * inputs, inputs, x, w[b1 + j]));
  let sum = 0;
  let i = 0;
  for (; i + 3 < inputs; i += 4) {
    const k = w2 + i * hidden;
    let a0 = w[b2 + i];
    let a1 = w[b2 + i + 1];
    let a2 = w[b2 + i + 2];
    let a3 = w[b2 + i + 3];
    for (let u = 0; u < hidden; u++) {
      const v = h[u];
      a0 += w[k + u] * v;
      a1 += w[k + hidden + u] * v;
      a2 += w[k + 2 * hidden + u] * v;
      a3 += w[k + 3 * hidden + u] * v;
    }
    const r0 = (e[i] = x[i] - a0);
    const r1 = (e[i + 1] = x[i + 1] - a1);
    const r2 = (e[i + 2] = x[i + 2] - a2);
    const r3 = (e[i + 3] = x[i + 3] - a3);
    sum = sum + r0 * r0 + r1 * r1 + r2 * r2 + r3 * r3;
  }
  for (; i < inputs; i++) {
    const r = (e[i] = x[i] - dot(w, w2 + i * hidden, hidden, h, w[b2 + i]));
    sum += r * r;
  }
  return sum / inputs;
}

/** A start plus the products of `n` weights from `k` on with `v`. */
function dot(w: Float64Array, k: number, n: number, v: Float64Array, start: number): number {
  let a = start;
  for (let i = 0; i < n; i++) a += w[k + i] * v[i];
  return a;
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
