import type { FeatureSchema } from '../../core/index.js';
import { Matrix } from '../matrix.js';
import { signedLog } from '../signed-log.js';

/** Values are cut here, in robust standard deviations: one wild feature must not drown the others. */
const CLIP = 30;
/** Spread of a feature that never varied, in its transformed unit: about a tenth, or 10 % for logarithms. */
const CONSTANT_SPREAD = 0.1;
/** Standard deviations per interquartile range of a normal distribution. */
const IQR = 1.349;

/**
 * From a feature row to what detectors see: log1p for amounts, robust centre and spread, and for features that were not
 * always observed one presence column a group of features that appear together. A value not observed is its median.
 */
export interface Transform {
  /** Feature of each column; presence columns come after the value columns. */
  readonly column: Int16Array;
  readonly values: number;
  readonly log: Uint8Array;
  readonly median: Float64Array;
  readonly spread: Float64Array;
  /** Usual range in the feature's own unit, by column (1 % and 99 %); NaN for presence columns. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export function fitTransform(rows: Float64Array, width: number, schema: FeatureSchema): Transform {
  const n = Math.floor(rows.length / width);
  const column: number[] = [];
  const presence = new Map<string, number>();
  for (let f = 0; f < width; f++) {
    let seen = 0;
    let pattern = 17;
    for (let r = 0; r < n; r++) {
      const here = Number.isNaN(rows[r * width + f]) ? 0 : 1;
      seen += here;
      pattern = (Math.imul(pattern, 31) + here) | 0;
    }
    if (seen > 0) column.push(f);
    const key = `${seen}.${pattern}`;
    if (seen < n && schema.features[f].absence !== 'silent' && !presence.has(key)) presence.set(key, f);
  }
  const values = column.length;
  column.push(...presence.values());
  const d = column.length;
  const t: Transform = {
    column: Int16Array.from(column),
    values,
    log: Uint8Array.from(column, (f, i) => (i < values && schema.features[f].transform === 'log1p' ? 1 : 0)),
    median: new Float64Array(d),
    spread: new Float64Array(d).fill(1),
    low: new Float64Array(d).fill(Number.NaN),
    high: new Float64Array(d).fill(Number.NaN),
  };
  for (let c = 0; c < values; c++) {
    const f = column[c];
    const v: number[] = [];
    for (let r = 0; r < n; r++) if (!Number.isNaN(rows[r * width + f])) v.push(rows[r * width + f]);
    const sorted = Float64Array.from(v).sort();
    const q = (p: number): number => sorted[Math.round(p * (sorted.length - 1))];
    t.low[c] = q(0.01);
    t.high[c] = q(0.99);
    const on = (x: number): number => (t.log[c] === 1 ? signedLog(x) : x);
    t.median[c] = on(q(0.5));
    t.spread[c] = spreadOf(sorted.map(on), t.median[c]);
  }
  return t;
}

/** Robust where half the rows vary, else what the varying ones say, else a fixed unit. */
function spreadOf(sorted: Float64Array, median: number): number {
  const n = sorted.length;
  const iqr = (sorted[Math.round(0.75 * (n - 1))] - sorted[Math.round(0.25 * (n - 1))]) / IQR;
  let ss = 0;
  for (const x of sorted) ss += (x - median) * (x - median);
  const sd = Math.sqrt(ss / n);
  const spread = Math.max(iqr, sd * 0.5);
  return spread > 1e-9 * Math.max(1, Math.abs(median)) ? spread : CONSTANT_SPREAD * Math.max(1, Math.abs(median) * 0.1);
}

/** Writes the columns of one row (at `from` in `rows`) to `out`. Allocates nothing. */
export function applyTransform(t: Transform, rows: Float64Array, from: number, out: Float64Array): void {
  const { column, values, log, median, spread } = t;
  for (let c = 0; c < values; c++) {
    let x = rows[from + column[c]];
    if (Number.isNaN(x)) {
      out[c] = 0;
      continue;
    }
    if (log[c] === 1) x = signedLog(x);
    const z = (x - median[c]) / spread[c];
    out[c] = Math.max(-CLIP, Math.min(CLIP, z));
  }
  for (let c = values; c < column.length; c++) {
    const x = rows[from + column[c]];
    out[c] = Number.isNaN(x) ? 0 : 1;
  }
}

/** All rows through the transform. */
export function transformRows(t: Transform, rows: Float64Array, width: number): Matrix {
  const n = Math.floor(rows.length / width);
  const d = t.column.length;
  const out = new Float64Array(n * d);
  const one = new Float64Array(d);
  for (let r = 0; r < n; r++) {
    applyTransform(t, rows, r * width, one);
    out.set(one, r * d);
  }
  return new Matrix(out, d);
}
