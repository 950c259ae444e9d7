import type { FeatureSchema } from '../core/index.js';
import { toView, type View, viewOf } from './view.js';

/** A row's distance is the mean of its few farthest features: an attack shows in some, not in all. */
const FARTHEST = 4;
/** Standard deviations per interquartile range of a normal distribution. */
const IQR = 1.349;
const LEAST_SPREAD = 0.1;
const CLIP = 50;
/** Rows stand apart from this multiple of the distance that 19 of 20 rows keep. */
const APART = 2;
/** What stands apart in this many separate episodes is a habit (an examination, a nightly backup) and stays. */
const EPISODES = 3;
const EPISODE_US = 600e6;

/**
 * Which rows a model should not be grown from, 1 = leave out: rows that stand apart from the rest of their type in one or
 * two episodes of one device only. At most `share` of all rows leave, the farthest first. What a poisoner does once while
 * a device learns is then no part of what is normal; what recurs is.
 */
export function trimmed(
  rows: Float64Array,
  schema: FeatureSchema,
  owner: Int32Array,
  tsUs: Float64Array,
  share: number,
): Uint8Array {
  const width = schema.features.length;
  const n = Math.floor(rows.length / width);
  const out = new Uint8Array(n);
  const most = Math.floor(n * share);
  if (most === 0) return out;
  const distance = distances(rows, width, n, schema.features.map(viewOf));
  const sorted = Float64Array.from(distance).sort();
  const limit = APART * Math.max(sorted[Math.round(0.95 * (n - 1))], 1);
  const far: number[] = [];
  for (let r = 0; r < n; r++) if (distance[r] > limit) far.push(r);
  far.sort((a, b) => owner[a] - owner[b] || tsUs[a] - tsUs[b]);
  const once: number[] = [];
  for (let i = 0; i < far.length; ) {
    let end = i;
    let episodes = 1;
    while (end + 1 < far.length && owner[far[end + 1]] === owner[far[i]]) {
      if (tsUs[far[end + 1]] - tsUs[far[end]] > EPISODE_US) episodes++;
      end++;
    }
    if (episodes < EPISODES) for (let k = i; k <= end; k++) once.push(far[k]);
    i = end + 1;
  }
  once.sort((a, b) => distance[b] - distance[a]);
  for (const r of once.slice(0, most)) out[r] = 1;
  return out;
}

/** Robust distance of every row from the middle of all. */
function distances(rows: Float64Array, width: number, n: number, views: readonly View[]): Float64Array {
  const z = new Float64Array(n * width);
  const column = new Float64Array(n);
  for (let f = 0; f < width; f++) {
    let seen = 0;
    for (let r = 0; r < n; r++) {
      const x = rows[r * width + f];
      if (!Number.isNaN(x)) column[seen++] = toView(views[f], x);
    }
    if (seen < 8) continue;
    const sorted = column.subarray(0, seen).sort();
    const at = (p: number): number => sorted[Math.round(p * (seen - 1))];
    const median = at(0.5);
    const spread = Math.max(LEAST_SPREAD, (at(0.75) - at(0.25)) / IQR, (at(0.95) - at(0.05)) / 3.29);
    for (let r = 0; r < n; r++) {
      const x = rows[r * width + f];
      if (!Number.isNaN(x)) z[r * width + f] = Math.min(CLIP, Math.abs(toView(views[f], x) - median) / spread);
    }
  }
  const out = new Float64Array(n);
  const top = new Float64Array(FARTHEST);
  for (let r = 0; r < n; r++) {
    top.fill(0);
    for (let f = 0; f < width; f++) {
      let v = z[r * width + f];
      for (let k = 0; k < FARTHEST && v > 0; k++) {
        if (v <= top[k]) continue;
        const t = top[k];
        top[k] = v;
        v = t;
      }
    }
    let sum = 0;
    for (const v of top) sum += v;
    out[r] = sum / FARTHEST;
  }
  return out;
}
