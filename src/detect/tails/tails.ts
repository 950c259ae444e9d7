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
  /** Surprise of the number 0, by feature: what a value that was not observed is given, and many others are. */
  readonly atZero: Float64Array;
}

/** A table of its grid. */
export function tailTable(width: number, rows: number, grid: Float64Array): TailTable {
  const t = { width, rows, grid, atZero: new Float64Array(width) };
  for (let f = 0; f < width; f++) t.atZero[f] = surprise(t, f, 0, Math.log(rows + 1));
  return t;
}

export function fitTails(m: Matrix): TailTable {
  const grid = new Float64Array(m.width * GRID);
  const column = new Float64Array(m.rows);
  for (let f = 0; f < m.width; f++) {
    for (let r = 0; r < m.rows; r++) column[r] = m.at(r, f);
    column.sort();
    for (let g = 0; g < GRID; g++) grid[f * GRID + g] = column[Math.round((g / (GRID - 1)) * (m.rows - 1))];
  }
  return tailTable(m.width, m.rows, grid);
}

/** −ln of a two-sided tail probability whose smaller side is so many steps of the grid. */
const RARITY = Float64Array.from({ length: GRID }, (_, k) => {
  const n = GRID - 1;
  return -Math.log(Math.min(1, 2 * Math.max(k / n, 0.5 / n)));
});

/** How many of the GRID points from `a` on are below x, which is not beyond the last. Halving without a jump that could be guessed wrong. */
function pointsBelow(g: Float64Array, a: number, x: number): number {
  let n = 32 * Number(g[a + 31] < x);
  n += 16 * Number(g[a + n + 15] < x);
  n += 8 * Number(g[a + n + 7] < x);
  n += 4 * Number(g[a + n + 3] < x);
  n += 2 * Number(g[a + n + 1] < x);
  n += Number(g[a + n] < x);
  return n + Number(g[a + n] < x);
}

/** How many of the first GRID − 1 points from `a` on are not above x. In the same way. */
function pointsUpTo(g: Float64Array, a: number, x: number): number {
  let n = 32 * Number(g[a + 31] <= x);
  n += 16 * Number(g[a + n + 15] <= x);
  n += 8 * Number(g[a + n + 7] <= x);
  n += 4 * Number(g[a + n + 3] <= x);
  n += 2 * Number(g[a + n + 1] <= x);
  n += Number(g[a + n] <= x);
  return n + Number(g[a + n] <= x);
}

/**
 * −ln of the two-sided tail probability of one feature's value, ≥ 0. `floor`: that of a value just outside everything seen,
 * ln(rows + 1).
 */
function surprise(t: TailTable, f: number, x: number, floor: number): number {
  const g = t.grid;
  const a = f * GRID;
  const b = a + GRID - 1;
  if (x < g[a]) return floor + BEYOND * (g[a] - x);
  if (x > g[b]) return floor + BEYOND * (x - g[b]);
  // ties count for both tails, so a common constant is no surprise
  const below = pointsBelow(g, a, x);
  const up = pointsUpTo(g, a, x);
  const n = GRID - 1;
  return RARITY[Math.min(up, n - Math.max(0, below - 1))];
}

/** The largest surprises of a row, weighed. Writes each feature's surprise to `out`. */
export function tailScore(t: TailTable, x: Float64Array, out: Float64Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  const floor = Math.log(t.rows + 1);
  for (let f = 0; f < t.width; f++) {
    const s = x[f] === 0 ? t.atZero[f] : surprise(t, f, x[f], floor);
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
