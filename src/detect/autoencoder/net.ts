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
  let k = from;
  for (let j = 0; j < hidden; j++) {
    let a = w[from + inputs * hidden + j];
    for (let i = 0; i < inputs; i++) a += w[k++] * x[i];
    h[j] = Math.tanh(a);
  }
  k += hidden;
  let sum = 0;
  for (let i = 0; i < inputs; i++) {
    let a = w[from + 2 * inputs * hidden + hidden + i];
    for (let j = 0; j < hidden; j++) a += w[k++] * h[j];
    const r = x[i] - a;
    e[i] = r;
    sum += r * r;
  }
  return sum / inputs;
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
