/** Scores kept of the held-back rows. */
const KEPT = 2048;
/** Share of the held-back rows whose excess is fitted. */
const TAIL = 0.1;
/** Least shape of the fitted tail: above 0 a generalised Pareto tail is heavier than exponential, which is the safe side. */
const LEAST_SHAPE = 0.05;
const SMALLEST_P = 1e-12;

/**
 * From a detector's score (higher is odder) to a p-value: conformal inside what was held back (rank / (n + 1), valid
 * whatever the distribution), a generalised Pareto tail beyond it, whose spread is taken a standard error larger than
 * fitted. An empirical quantile below 1/n promises nothing.
 */
export interface Calibration {
  /** Held-back scores, ascending, thinned to at most KEPT but with the whole tail. */
  readonly scores: Float64Array;
  /** Rank of each among all held back: number of held-back scores ≥ it. */
  readonly atLeast: Float64Array;
  readonly n: number;
  /** Tail: start, share above it, scale, shape. */
  readonly tail: readonly [start: number, share: number, scale: number, shape: number];
}

export function fitCalibration(held: Float64Array): Calibration {
  const s = Float64Array.from(held).sort();
  const n = s.length;
  const keep: number[] = [];
  const tailFrom = Math.max(0, n - Math.floor(KEPT / 2));
  const step = Math.max(1, Math.ceil(tailFrom / (KEPT / 2)));
  for (let i = 0; i < tailFrom; i += step) keep.push(i);
  for (let i = tailFrom; i < n; i++) keep.push(i);
  const k = Math.max(1, Math.floor(n * TAIL));
  const start = n > k ? s[n - k - 1] : (s[0] ?? 0);
  let sum = 0;
  let squares = 0;
  for (let i = Math.max(0, n - k); i < n; i++) {
    sum += s[i] - start;
    squares += (s[i] - start) * (s[i] - start);
  }
  const m = sum / k;
  const v = Math.max(1e-300, squares / k - m * m);
  // moments of the generalised Pareto distribution (Hosking & Wallis 1987): shape and scale from mean and variance
  const shape = Math.min(0.45, Math.max(LEAST_SHAPE, 0.5 * (1 - (m * m) / v)));
  const scale = Math.max(1e-9, m * (1 - shape) * (1 + 1 / Math.sqrt(k)));
  return {
    scores: Float64Array.from(keep, (i) => s[i]),
    atLeast: Float64Array.from(keep, (i) => n - i),
    n,
    tail: [start, k / Math.max(1, n), scale, shape],
  };
}

/** p-value of a score, in (0, 1]. */
export function pValueOf(c: Calibration, score: number): number {
  const { scores, atLeast, n } = c;
  if (n === 0) return 1;
  // first kept score ≥ score
  let lo = 0;
  let hi = scores.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (scores[mid] < score) lo = mid + 1;
    else hi = mid;
  }
  if (lo < scores.length) {
    // between two kept scores the rank is taken from the lower one: never promise more than was seen
    const rank = scores[lo] === score || lo === 0 ? atLeast[lo] : atLeast[lo - 1] - 1;
    return (Math.min(n, rank) + 1) / (n + 1);
  }
  const [start, share, scale, shape] = c.tail;
  const p = share * (1 + (shape * (score - start)) / scale) ** (-1 / shape);
  return Math.max(SMALLEST_P, Math.min(1 / (n + 1), p));
}
