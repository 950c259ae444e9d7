import type { FeatureSchema } from '../core/index.js';
import { toView, type View, viewOf } from './view.js';

/** A row's distance is the mean of its few farthest features: an attack shows in some, not in all. */
const FARTHEST = 4;
/** Standard deviations per interquartile range of a normal distribution. */
const IQR = 1.349;
const LEAST_SPREAD = 0.1;
const CLIP = 50;
/** Rows stand apart from this multiple of the distance that 9 of 10 rows keep, or from the lesser one several in a row. */
const APART = 2;
const APART_IN_A_ROW = 1.4;
const IN_A_ROW = 3;
const MOST_KEEP = 0.9;
/** What stands apart in this many separate episodes is a habit (an examination, a nightly backup) and stays. */
const EPISODES = 3;
const EPISODE_US = 600e6;
/** Of the farthest features, so many in common make two rows alike. */
const ALIKE = 2;

/** Rows of a type with their devices and times; `medians`: of each device, as compared, NaN unknown (`width` each). */
export interface TrimRows {
  readonly rows: Float64Array;
  readonly owner: Int32Array;
  readonly tsUs: Float64Array;
  readonly medians: Float32Array;
}

/**
 * Which rows a model should not be grown from, 1 = leave out: rows that stand apart, from their device's own middle, in
 * one or two episodes of that device only. At most `share` of all rows leave, the farthest first. What a poisoner does
 * once while a device learns is then no part of what is normal; what recurs is.
 */
export function trimmed(job: TrimRows, schema: FeatureSchema, share: number): Uint8Array {
  const { owner, tsUs } = job;
  const width = schema.features.length;
  const n = Math.floor(job.rows.length / width);
  const out = new Uint8Array(n);
  const most = Math.floor(n * share);
  if (most === 0) return out;
  const top = new Int16Array(n * FARTHEST).fill(-1);
  const distance = distances(job, width, n, schema.features.map(viewOf), top);
  const sorted = Float64Array.from(distance).sort();
  const usual = Math.max(sorted[Math.round(MOST_KEEP * (n - 1))], 1);
  const order = Array.from({ length: n }, (_, r) => r).sort((a, b) => owner[a] - owner[b] || tsUs[a] - tsUs[b]);
  const far = order.filter(
    (r, i) => distance[r] > APART * usual || inARow(order, i, owner, distance, APART_IN_A_ROW * usual),
  );
  const once = far.filter((_, i) => episodesLike(far, i, job, top) < EPISODES);
  once.sort((a, b) => distance[b] - distance[a]);
  for (const r of once.slice(0, most)) out[r] = 1;
  return out;
}

/** In how many episodes of its device rows like this one stand apart: in the same features, two at least. */
function episodesLike(far: readonly number[], i: number, job: TrimRows, top: Int16Array): number {
  const { owner, tsUs } = job;
  const mine = far[i];
  let from = i;
  while (from > 0 && owner[far[from - 1]] === owner[mine]) from--;
  let episodes = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let k = from; k < far.length && owner[far[k]] === owner[mine]; k++) {
    let shared = 0;
    for (let x = 0; x < FARTHEST; x++)
      for (let y = 0; y < FARTHEST; y++) {
        const f = top[mine * FARTHEST + x];
        if (f >= 0 && f === top[far[k] * FARTHEST + y]) shared++;
      }
    if (shared < ALIKE) continue;
    if (tsUs[far[k]] - last > EPISODE_US) episodes++;
    last = tsUs[far[k]];
  }
  return episodes;
}

/** The row at `i` is one of several neighbours in time, of one device, that are all beyond the limit. */
function inARow(
  order: readonly number[],
  i: number,
  owner: Int32Array,
  distance: Float64Array,
  limit: number,
): boolean {
  const fits = (k: number): boolean =>
    k >= 0 && k < order.length && owner[order[k]] === owner[order[i]] && distance[order[k]] > limit;
  if (!fits(i)) return false;
  let from = i;
  let to = i;
  while (i - from < IN_A_ROW && fits(from - 1)) from--;
  while (to - i < IN_A_ROW && fits(to + 1)) to++;
  return to - from + 1 >= IN_A_ROW;
}

/** Robust distance of every row from the middle of its device, in the spreads of the type; `farthest`: in which features. */
function distances(
  job: TrimRows,
  width: number,
  n: number,
  views: readonly View[],
  farthest: Int16Array,
): Float64Array {
  const { rows, owner, medians } = job;
  const z = new Float64Array(n * width);
  const column = new Float64Array(n);
  for (let f = 0; f < width; f++) {
    let seen = 0;
    for (let r = 0; r < n; r++) {
      const x = rows[r * width + f];
      if (Number.isNaN(x)) continue;
      const own = medians[owner[r] * width + f];
      const y = toView(views[f], x) - (Number.isNaN(own) ? 0 : own);
      z[r * width + f] = y;
      column[seen++] = y;
    }
    if (seen < 8) {
      for (let r = 0; r < n; r++) z[r * width + f] = 0;
      continue;
    }
    const sorted = column.subarray(0, seen).sort();
    const at = (p: number): number => sorted[Math.round(p * (seen - 1))];
    const median = at(0.5);
    const spread = Math.max(LEAST_SPREAD, (at(0.75) - at(0.25)) / IQR, (at(0.95) - at(0.05)) / 3.29);
    for (let r = 0; r < n; r++) {
      const i = r * width + f;
      z[i] = Number.isNaN(rows[i]) ? 0 : Math.min(CLIP, Math.abs(z[i] - median) / spread);
    }
  }
  const out = new Float64Array(n);
  const top = new Float64Array(FARTHEST);
  for (let r = 0; r < n; r++) {
    top.fill(0);
    for (let f = 0; f < width; f++) {
      let v = z[r * width + f];
      let name = f;
      for (let k = 0; k < FARTHEST && v > 0; k++) {
        if (v <= top[k]) continue;
        const less = top[k];
        const lesser = farthest[r * FARTHEST + k];
        top[k] = v;
        farthest[r * FARTHEST + k] = name;
        v = less;
        name = lesser;
      }
    }
    let sum = 0;
    for (const v of top) sum += v;
    out[r] = sum / FARTHEST;
  }
  return out;
}
