import type { FeatureSchema } from '../core/index.js';
import { centreOf, centreRow, ownWeight } from './blend.js';
import { priorOf, type TypePrior } from './prior.js';
import type { RowJob } from './row-job.js';
import { trimmed } from './trim.js';
import { viewOf } from './view.js';

export interface Prepared {
  /** What the model is grown from. */
  readonly rows: Float64Array;
  /** Of each of these rows the number of its device. */
  readonly owner: Int32Array;
  readonly prior: TypePrior;
  /** Rows left out because they stand apart in one episode. */
  readonly trimmed: number;
}

/**
 * Makes rows ready to be learned from: leaves out what stands apart, takes the type's quantiles, and moves the rows of
 * each device to the middle of the type by the weight of its own history. CPU-bound: in the training worker when live.
 */
export function prepareRows(
  job: RowJob,
  type: string,
  schema: FeatureSchema,
  settings: { readonly trim_share: number; readonly blend_rows: number },
): Prepared {
  const { width } = job;
  const out = trimmed(job, schema, settings.trim_share);
  const kept: number[] = [];
  for (let r = 0; r < out.length; r++) if (out[r] === 0) kept.push(r);
  const rows = new Float64Array(kept.length * width);
  kept.forEach((r, i) => {
    rows.set(job.rows.subarray(r * width, (r + 1) * width), i * width);
  });
  const devices = new Set(kept.map((r) => job.owner[r])).size;
  const prior = priorOf(type, rows, devices, schema);
  const centre = centreOf(prior, schema);
  const views = schema.features.map(viewOf);
  kept.forEach((r, i) => {
    const d = job.owner[r];
    const medians = job.medians.subarray(d * width, (d + 1) * width);
    centreRow(centre, medians, ownWeight(job.seen[d], settings.blend_rows), views, rows, i * width, rows, i * width);
  });
  return { rows, owner: Int32Array.from(kept, (r) => job.owner[r]), prior, trimmed: out.length - kept.length };
}
