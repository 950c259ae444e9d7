import type { FeatureSchema, Profile } from '../core/index.js';
import { EMPTY_SKETCH, mergeSketches, quantile, type Sketch, sketchColumn } from './sketch.js';
import { fromView, toView, viewOf } from './view.js';

/** What a device type is like, from all the rows a model was grown from: no address and no identifier. */
export interface TypePrior {
  readonly type: string;
  /** Devices and rows it stands for. */
  readonly devices: number;
  readonly rows: number;
  /** By feature name. */
  readonly features: Readonly<Record<string, Sketch>>;
}

/** The prior of a type from rows (row-major in schema order). */
export function priorOf(type: string, rows: Float64Array, devices: number, schema: FeatureSchema): TypePrior {
  const width = schema.features.length;
  const features: Record<string, Sketch> = {};
  schema.features.forEach((f, i) => {
    features[f.name] = sketchColumn(rows, width, i);
  });
  return { type, devices, rows: Math.floor(rows.length / width), features };
}

/** The same type at several sites, as one. */
export function mergePriors(all: readonly TypePrior[]): TypePrior {
  const names = [...new Set(all.flatMap((p) => Object.keys(p.features)))];
  return {
    type: all[0].type,
    devices: all.reduce((a, p) => a + p.devices, 0),
    rows: all.reduce((a, p) => a + p.rows, 0),
    features: Object.fromEntries(names.map((n) => [n, mergeSketches(all.map((p) => p.features[n] ?? EMPTY_SKETCH))])),
  };
}

/** How far a device is from its type in one feature. */
export interface Difference {
  readonly feature: string;
  /** The device's median, and where nine of ten rows of its type lie. */
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Distance outside that range, in its widths. */
  readonly distance: number;
}

/** Widths below this, as compared, are taken for it: a type in which nothing varies must not call every device odd. */
const LEAST_WIDTH = 0.25;

/**
 * Features in which a device's medians (NaN = never observed) lie outside what is usual for its type, or outside what
 * its profile expects, farthest first.
 */
export function differences(
  medians: ArrayLike<number>,
  prior: TypePrior | null,
  profile: Profile | null,
  schema: FeatureSchema,
): Difference[] {
  const out: Difference[] = [];
  schema.features.forEach((f, i) => {
    const view = viewOf(f);
    const y = medians[i];
    if (Number.isNaN(y)) return;
    const s = prior?.features[f.name];
    const expected = profile?.expect[f.name];
    const range: readonly [number, number] | null =
      s !== undefined && s.n > 0 ? [quantile(s, 0.05), quantile(s, 0.95)] : (expected ?? null);
    if (range === null) return;
    const low = toView(view, range[0]);
    const high = toView(view, range[1]);
    const width = Math.max(LEAST_WIDTH, high - low);
    const distance = y < low ? (low - y) / width : y > high ? (y - high) / width : 0;
    if (distance > 0.5)
      out.push({ feature: f.name, median: fromView(view, y), low: range[0], high: range[1], distance });
  });
  return out.sort((a, b) => b.distance - a.distance);
}
