/** Scores kept of the held-back rows. */
const KEPT = 2048;
/** Share of the held-back rows whose excess is fitted. */
const TAIL = 0.2;
/**
 * Shape of the fitted tail. Rows that follow each other resemble each other, so that a shape fitted to a few hundred of
 * them is chance: measured on a ward, it made p-values of the same oddity differ a thousandfold from type to type. Above 0
 * a generalised Pareto tail is heavier than exponential, which is the safe side.
 */
const SHAPE = 0.05;
const SMALLEST_P = 1e-12;

/**
 * From a detector's score (higher is odder) to a p-value: conformal inside what was held back (rank / (n + 1), valid
 * whatever the distribution), a generalised Pareto tail beyond it, whose scale is taken a standard error larger than
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

/** `highest`: keep only so many of the highest scores; all below them then have the rank of the lowest kept. */
export function fitCalibration(held: Float64Array, highest = 0): Calibration {
  const s = Float64Array.from(held).sort();
  const n = s.length;
  const keep: number[] = [];
  const tailFrom = Math.max(0, n - (highest > 0 ? highest : Math.floor(KEPT / 2)));
  const step = Math.max(1, Math.ceil(tailFrom / (KEPT / 2)));
  for (let i = 0; i < tailFrom && highest === 0; i += step) keep.push(i);
  for (let i = tailFrom; i < n; i++) keep.push(i);
  const k = Math.max(1, Math.floor(n * TAIL));
  const start = n > k ? s[n - k - 1] : (s[0] ?? 0);
  let sum = 0;
  for (let i = Math.max(0, n - k); i < n; i++) sum += s[i] - start;
  // the mean of a generalised Pareto distribution is scale / (1 - shape) (Hosking & Wallis 1987)
  const scale = Math.max(1e-9, (sum / k) * (1 - SHAPE) * (1 + 1 / Math.sqrt(k)));
  return {
    scores: Float64Array.from(keep, (i) => s[i]),
    atLeast: Float64Array.from(keep, (i) => n - i),
    n,
    tail: [start, k / Math.max(1, n), scale, SHAPE],
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
