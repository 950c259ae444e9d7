import type { FeatureDef, FeatureRow, FeatureSchema } from '../core/index.js';
import type { TypePrior } from './prior.js';
import { quantile } from './sketch.js';
import { fromView, toView, type View, viewOf } from './view.js';

/** A device is moved at most this many widths (5 % to 95 %) of its type: what is farther is no habit but an oddity. */
const FARTHEST = 1.5;
const LEAST_WIDTH = 0.25;

/** The middle of a type and how far a device may be moved towards it, as compared, in schema order. */
export interface Centre {
  readonly middle: Float64Array;
  readonly reach: Float64Array;
}

export function centreOf(prior: TypePrior, schema: FeatureSchema): Centre {
  const width = schema.features.length;
  const middle = new Float64Array(width).fill(Number.NaN);
  const reach = new Float64Array(width);
  schema.features.forEach((f, i) => {
    const s = prior.features[f.name];
    if (s === undefined || s.n === 0) return;
    const view = viewOf(f);
    middle[i] = toView(view, quantile(s, 0.5));
    reach[i] = FARTHEST * Math.max(LEAST_WIDTH, toView(view, quantile(s, 0.95)) - toView(view, quantile(s, 0.05)));
  });
  return { middle, reach };
}

/** How much a device's own history counts against its type after so many rows, 0…1. */
export function ownWeight(rows: number, blendRows: number): number {
  return blendRows <= 0 ? 0 : rows / (rows + blendRows);
}

/** How far a feature of a device is moved, as compared; 0 where either side is unknown. */
function shift(c: Centre, medians: ArrayLike<number>, f: number, weight: number): number {
  const d = medians[f] - c.middle[f];
  if (Number.isNaN(d)) return 0;
  return weight * Math.max(-c.reach[f], Math.min(c.reach[f], d));
}

/**
 * Writes a row as its type would see it to `out`: what is usual for the device is moved towards what is usual for the
 * type, by the weight of the device's own history. `from`: where the row begins in `rows`.
 */
export function centreRow(
  c: Centre,
  medians: ArrayLike<number>,
  weight: number,
  views: readonly View[],
  rows: Float64Array,
  from: number,
  out: Float64Array,
  to: number,
): void {
  for (let f = 0; f < views.length; f++) {
    const x = rows[from + f];
    const d = Number.isNaN(x) ? 0 : shift(c, medians, f, weight);
    out[to + f] = d === 0 ? x : fromView(views[f], toView(views[f], x) - d);
  }
}

/** A value as the type of the device would show it, `shift` from `Blend.shifts`: the same steps as `centreRow`. */
export function asTypeShows(f: Pick<FeatureDef, 'unit' | 'transform'>, x: number, shift: number): number {
  const view = viewOf(f);
  return shift === 0 ? x : fromView(view, toView(view, x) - shift);
}

/** A value of the type's scale as the device would show it: the same steps as `Blend.value`. */
export function asDeviceShows(f: Pick<FeatureDef, 'unit' | 'transform'>, x: number, shift: number): number {
  const view = viewOf(f);
  return shift === 0 ? x : fromView(view, toView(view, x) + shift);
}

/** Device types' middles, and rows as their types would see them. */
export class Blend {
  readonly #schema: FeatureSchema;
  readonly #views: readonly View[];
  readonly #blendRows: number;
  readonly #centres = new Map<string, Centre>();
  readonly #lent: { -readonly [K in keyof FeatureRow]: FeatureRow[K] };

  constructor(schema: FeatureSchema, blendRows: number) {
    this.#schema = schema;
    this.#views = schema.features.map(viewOf);
    this.#blendRows = blendRows;
    this.#lent = { device: -1, tsUs: 0, values: new Float64Array(schema.features.length), schemaId: schema.id };
  }

  set(prior: TypePrior): void {
    this.#centres.set(prior.type, centreOf(prior, this.#schema));
  }

  /** The row moved to the middle of its type, LENT; the row itself when the type is not known. */
  row(row: FeatureRow, type: string, medians: ArrayLike<number>, seen: number): FeatureRow {
    const c = this.#centres.get(type);
    if (c === undefined) return row;
    const out = this.#lent;
    out.device = row.device;
    out.tsUs = row.tsUs;
    centreRow(c, medians, ownWeight(seen, this.#blendRows), this.#views, row.values, 0, out.values, 0);
    return out;
  }

  /** By how much the features of a device are moved, those that are: what an explanation is made again from. */
  shifts(type: string, medians: ArrayLike<number>, seen: number): [feature: number, shift: number][] {
    const c = this.#centres.get(type);
    if (c === undefined) return [];
    const weight = ownWeight(seen, this.#blendRows);
    return this.#views.map((_, f): [number, number] => [f, shift(c, medians, f, weight)]).filter(([, d]) => d !== 0);
  }

  /** A value of the type's scale as the device would show it: the other way round. */
  value(type: string, medians: ArrayLike<number>, seen: number, f: number, x: number): number {
    const c = this.#centres.get(type);
    if (c === undefined || Number.isNaN(x)) return x;
    const d = shift(c, medians, f, ownWeight(seen, this.#blendRows));
    return d === 0 ? x : fromView(this.#views[f], toView(this.#views[f], x) + d);
  }
}
