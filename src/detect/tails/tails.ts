import type { Matrix } from '../matrix.js';

/** Points of the quantile grid of one feature. */
export const GRID = 65;
/** Say of the rarest feature and the next two: one wild feature is enough, company makes it worse. */
const SAY: readonly [number, number, number] = [1, 0.5, 0.25];
/** Surprise per robust standard deviation beyond the range seen. */
const BEYOND = 2;

/**
 * Tail probabilities, feature by feature: how far out in its own distribution is this value. Cheap, and it explains
 * itself. Beyond the range seen, surprise grows with the distance in units of the feature's spread.
 */
export interface TailTable {
  readonly width: number;
  readonly rows: number;
  /** GRID quantiles a feature, ascending. */
  readonly grid: Float64Array;
}

export function fitTails(m: Matrix): TailTable {
  const grid = new Float64Array(m.width * GRID);
  const column = new Float64Array(m.rows);
  for (let f = 0; f < m.width; f++) {
    for (let r = 0; r < m.rows; r++) column[r] = m.at(r, f);
    column.sort();
    for (let g = 0; g < GRID; g++) grid[f * GRID + g] = column[Math.round((g / (GRID - 1)) * (m.rows - 1))];
  }
  return { width: m.width, rows: m.rows, grid };
}

/** −ln of the two-sided tail probability of one feature's value, ≥ 0. */
export function surprise(t: TailTable, f: number, x: number): number {
  const g = t.grid;
  const a = f * GRID;
  const b = a + GRID - 1;
  const floor = Math.log(t.rows + 1);
  if (x < g[a]) return floor + BEYOND * (g[a] - x);
  if (x > g[b]) return floor + BEYOND * (x - g[b]);
  // first grid point ≥ x, and first > x: ties count for both tails, so a common constant is no surprise
  let lo = a;
  let hi = b;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (g[mid] < x) lo = mid + 1;
    else hi = mid;
  }
  const below = lo - a;
  let up = lo;
  if (g[lo] === x) {
    hi = b + 1;
    while (up < hi) {
      const mid = (up + hi) >> 1;
      if (g[mid] <= x) up = mid + 1;
      else hi = mid;
    }
  }
  const n = GRID - 1;
  const left = Math.min(n, up - a) / n;
  const right = (n - Math.max(0, below - 1)) / n;
  const p = Math.min(1, 2 * Math.max(Math.min(left, right), 0.5 / n));
  return -Math.log(p);
}

/** The largest surprises of a row, weighed. Writes each feature's surprise to `out`. */
export function tailScore(t: TailTable, x: Float64Array, out: Float64Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  for (let f = 0; f < t.width; f++) {
    const s = surprise(t, f, x[f]);
    out[f] = s;
    if (s > a) {
      c = b;
      b = a;
      a = s;
    } else if (s > b) {
      c = b;
      b = s;
    } else if (s > c) c = s;
  }
  return SAY[0] * a + SAY[1] * b + SAY[2] * c;
}
