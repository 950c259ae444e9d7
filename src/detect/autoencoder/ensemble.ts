import type { Random } from '../../core/index.js';
import type { Matrix } from '../matrix.js';
import { signedLog } from '../signed-log.js';
import { clusterColumns } from './clusters.js';
import { learn, residual, startWeights, weightsOf } from './net.js';

/** Hidden units of a net per input. */
const HIDDEN = 0.6;
/** Step of the gradient descent, first and last; it falls evenly. */
const RATE_FIRST = 0.05;
const RATE_LAST = 0.005;
/** Share of the rows, counted from the benign middle, whose residual says what is usual. */
const LEAST_SPREAD = 1e-3;

/**
 * An ensemble of small autoencoders (Mirsky et al. 2018, Kitsune): one a cluster of columns that go together, and one
 * more over what the others left unexplained, which learns which clusters are usually wrong at the same time.
 */
export interface Ensemble {
  /** Columns of the transform it reads. */
  readonly width: number;
  /** Columns of every cluster, one after the other, and where each cluster starts (one entry more than clusters). */
  readonly columns: Int16Array;
  readonly starts: Int32Array;
  /** All weights: the clusters' nets in order, then the output net's. */
  readonly weights: Float64Array;
  /** Mean and standard deviation of each cluster's residual over the training rows, then of the output net's. */
  readonly centre: Float64Array;
  readonly spread: Float64Array;
}

/** Scratch of one user of ensembles of `width` columns at most. */
export class Scratch {
  readonly x: Float64Array;
  readonly h: Float64Array;
  readonly e: Float64Array;
  readonly g: Float64Array;
  /** Residual of each cluster, standardised. */
  readonly odd: Float64Array;
  constructor(width: number) {
    this.x = new Float64Array(width);
    this.h = new Float64Array(width);
    this.e = new Float64Array(width);
    this.g = new Float64Array(width);
    this.odd = new Float64Array(width);
  }
}

export const hiddenOf = (inputs: number): number => Math.max(1, Math.ceil(inputs * HIDDEN));

export interface EnsembleSettings {
  /** Most columns of a cluster. */
  readonly cluster: number;
  /** Rows shown in all, a multiple of the rows there are. */
  readonly shown: number;
}

/** Trains an ensemble; the same rows and generator state give the same weights. CPU-bound, for the training worker. */
export function trainEnsemble(m: Matrix, settings: EnsembleSettings, random: Random): Ensemble {
  const clusters = clusterColumns(m, settings.cluster);
  const k = clusters.length;
  const sizes = [...clusters.map((c) => c.length), k];
  const weights = new Float64Array(sizes.reduce((sum, n) => sum + weightsOf(n, hiddenOf(n)), 0));
  const starts = new Int32Array(k + 1);
  clusters.forEach((c, i) => {
    starts[i + 1] = starts[i] + c.length;
  });
  const out: Ensemble = {
    width: m.width,
    columns: Int16Array.from(clusters.flat()),
    starts,
    weights,
    centre: new Float64Array(k + 1),
    spread: new Float64Array(k + 1).fill(1),
  };
  let at = 0;
  for (const n of sizes) {
    startWeights(weights, at, n, hiddenOf(n), random);
    at += weightsOf(n, hiddenOf(n));
  }
  const data = m.data.map(signedLog);
  const s = new Scratch(Math.max(m.width, k));
  const epochs = Math.max(1, Math.min(60, Math.round(settings.shown / Math.max(1, m.rows))));
  const order = Int32Array.from({ length: m.rows }, (_, i) => i);

  const train = (base: number, n: number, load: (row: number) => void): void => {
    const h = hiddenOf(n);
    for (let e = 0; e < epochs; e++) {
      const rate = epochs === 1 ? RATE_FIRST : RATE_FIRST + ((RATE_LAST - RATE_FIRST) * e) / (epochs - 1);
      shuffle(order, random);
      for (let i = 0; i < order.length; i++) {
        load(order[i]);
        learn(weights, base, n, h, s.x, rate, s.h, s.e, s.g);
      }
    }
  };

  const left = new Float64Array(m.rows * k);
  at = 0;
  for (let c = 0; c < k; c++) {
    const n = sizes[c];
    const columns = clusters[c];
    const load = (row: number): void => {
      for (let i = 0; i < n; i++) s.x[i] = data[row * m.width + columns[i]];
    };
    train(at, n, load);
    for (let r = 0; r < m.rows; r++) {
      load(r);
      left[r * k + c] = Math.sqrt(residual(weights, at, n, hiddenOf(n), s.x, s.h, s.e));
    }
    standardise(left, k, c, out);
    at += weightsOf(n, hiddenOf(n));
  }
  const load = (row: number): void => {
    for (let c = 0; c < k; c++) s.x[c] = signedLog((left[row * k + c] - out.centre[c]) / out.spread[c]);
  };
  train(at, k, load);
  const last = new Float64Array(m.rows);
  for (let r = 0; r < m.rows; r++) {
    load(r);
    last[r] = Math.sqrt(residual(weights, at, k, hiddenOf(k), s.x, s.h, s.e));
  }
  const own = { centre: out.centre.subarray(k), spread: out.spread.subarray(k) };
  standardise(last, 1, 0, own);
  return out;
}

function standardise(v: Float64Array, width: number, c: number, out: Pick<Ensemble, 'centre' | 'spread'>): void {
  const n = Math.max(1, v.length / width);
  let sum = 0;
  for (let i = c; i < v.length; i += width) sum += v[i];
  const mean = sum / n;
  let squares = 0;
  for (let i = c; i < v.length; i += width) squares += (v[i] - mean) * (v[i] - mean);
  out.centre[c] = mean;
  out.spread[c] = Math.max(LEAST_SPREAD, Math.sqrt(squares / n));
}

function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
}

/**
 * How badly the ensemble explains a transformed row, higher is odder: what the output net leaves over plus the mean of
 * what the clusters left, both in standard deviations of the training rows. Adds each column's squared residual to
 * `shares` when it is given. Allocates nothing.
 */
export function ensembleScore(e: Ensemble, row: Float64Array, s: Scratch, shares: Float64Array | null): number {
  const k = e.starts.length - 1;
  let at = 0;
  let sum = 0;
  for (let c = 0; c < k; c++) {
    const from = e.starts[c];
    const n = e.starts[c + 1] - from;
    const h = hiddenOf(n);
    for (let i = 0; i < n; i++) s.x[i] = signedLog(row[e.columns[from + i]]);
    const rmse = Math.sqrt(residual(e.weights, at, n, h, s.x, s.h, s.e));
    if (shares !== null) for (let i = 0; i < n; i++) shares[e.columns[from + i]] += s.e[i] * s.e[i];
    const z = (rmse - e.centre[c]) / e.spread[c];
    s.odd[c] = signedLog(z);
    sum += z > 0 ? s.odd[c] : 0;
    at += weightsOf(n, h);
  }
  const rmse = Math.sqrt(residual(e.weights, at, k, hiddenOf(k), s.odd, s.h, s.e));
  return rmse / Math.max(LEAST_SPREAD, e.centre[k]) + sum / k;
}
