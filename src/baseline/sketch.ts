/** Quantiles a sketch keeps: 0, 1/32 … 1. */
export const QUANTILES = 33;

/** What a feature was like: quantiles of its observed values, and in what share of rows it was observed. */
export interface Sketch {
  /** Observed values the quantiles stand for. */
  readonly n: number;
  /** Share of rows in which it was observed, 0…1. */
  readonly seen: number;
  /** Ascending, QUANTILES numbers; empty when it was never observed. */
  readonly q: readonly number[];
}

export const EMPTY_SKETCH: Sketch = { n: 0, seen: 0, q: [] };

/** Sketch of a column of `rows` (row-major, `width` numbers a row, NaN = not observed). */
export function sketchColumn(rows: Float64Array, width: number, column: number): Sketch {
  const total = Math.floor(rows.length / width);
  const values = new Float64Array(total);
  let n = 0;
  for (let r = 0; r < total; r++) {
    const x = rows[r * width + column];
    if (!Number.isNaN(x)) values[n++] = x;
  }
  if (n === 0) return { n: 0, seen: 0, q: [] };
  const sorted = values.subarray(0, n).sort();
  const q = Array.from({ length: QUANTILES }, (_, i) => sorted[Math.round((i / (QUANTILES - 1)) * (n - 1))]);
  return { n, seen: n / total, q };
}

/** Quantile p of a sketch, interpolated; NaN when it is empty. */
export function quantile(s: Sketch, p: number): number {
  if (s.q.length === 0) return Number.NaN;
  const at = p * (QUANTILES - 1);
  const i = Math.min(QUANTILES - 2, Math.floor(at));
  return s.q[i] + (s.q[i + 1] - s.q[i]) * (at - i);
}

/** Share of values ≤ x; a value that many quantiles share is reached at the last of them. */
export function shareBelow(s: Sketch, x: number): number {
  const { q } = s;
  if (q.length === 0) return Number.NaN;
  if (x < q[0]) return 0;
  let lo = 0;
  let hi = q.length - 1;
  // the last quantile ≤ x
  while (lo < hi) {
    const mid = (lo + hi + 1) >> 1;
    if (q[mid] <= x) lo = mid;
    else hi = mid - 1;
  }
  if (lo === q.length - 1) return 1;
  const step = q[lo + 1] - q[lo];
  return (lo + (step > 0 ? (x - q[lo]) / step : 0)) / (QUANTILES - 1);
}

/**
 * The sketch of all values together: the mixture of the distributions, weighed by how many values each stands for. Each
 * quantile is found by bisection between the ends.
 */
export function mergeSketches(all: readonly Sketch[]): Sketch {
  const some = all.filter((s) => s.n > 0 && s.q.length === QUANTILES);
  const n = some.reduce((a, s) => a + s.n, 0);
  const rows = all.reduce((a, s) => a + (s.seen > 0 ? s.n / s.seen : s.n), 0);
  if (some.length === 0) return EMPTY_SKETCH;
  const share = (x: number): number => some.reduce((a, s) => a + (s.n / n) * shareBelow(s, x), 0);
  const first = Math.min(...some.map((s) => s.q[0]));
  const last = Math.max(...some.map((s) => s.q[QUANTILES - 1]));
  const q = Array.from({ length: QUANTILES }, (_, i) => {
    const p = i / (QUANTILES - 1);
    let lo = first;
    let hi = last;
    if (i === 0) return first;
    if (i === QUANTILES - 1) return last;
    for (let k = 0; k < 60 && hi - lo > 1e-9 * Math.max(1, Math.abs(hi)); k++) {
      const mid = (lo + hi) / 2;
      if (share(mid) < p) lo = mid;
      else hi = mid;
    }
    return hi;
  });
  return { n, seen: rows > 0 ? Math.min(1, n / rows) : 1, q };
}
