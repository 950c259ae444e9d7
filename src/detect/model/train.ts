import { type FeatureSchema, Random, WardwireError } from '../../core/index.js';
import { growLibraryTrees } from '../forest/grow.js';
import { growGuardedTrees } from '../forest/guarded.js';
import { packLibraryTrees } from '../forest/pack.js';
import { growHalfSpaceTrees } from '../mass/half-space.js';
import type { Matrix } from '../matrix.js';
import type { DetectSettings } from '../settings.js';
import { fitTails } from '../tails/tails.js';
import { fitCalibration } from './calibration.js';
import { writeModel } from './file.js';
import { fuse, scoreParts } from './fuse.js';
import type { Model } from './model.js';
import { fitTransform, transformRows } from './transform.js';

/** Every third block of rows is held back for calibration: neighbours in time must not sit on both sides. */
const BLOCKS = 24;
const HELD_EVERY = 3;
const LEAST_ROWS = 16;

export interface TrainInput {
  /** Row-major, `width` numbers a row in schema order, NaN = not observed. */
  readonly rows: Float64Array;
  readonly width: number;
  readonly schema: FeatureSchema;
  /** Device type the model is for. */
  readonly type: string;
  readonly seed: number;
  readonly settings: DetectSettings;
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Trains and serialises: what the training worker calls. @throws WardwireError('model') for too few or misfit rows */
export function trainModel(input: TrainInput): string {
  return writeModel(trainParts(input), input.schema);
}

/** Trains the detectors of one device type. Pure and CPU-bound: seconds for many rows, never on the packet path. */
export function trainParts(input: TrainInput): Model {
  const { width, schema, settings } = input;
  const n = width === 0 ? 0 : Math.floor(input.rows.length / width);
  if (width !== schema.features.length) {
    throw new WardwireError('model', `rows of ${width} numbers do not fit a schema of ${schema.features.length}`);
  }
  if (n < LEAST_ROWS) throw new WardwireError('model', `${n} rows are too few to train ${input.type} from`);
  const transform = fitTransform(input.rows, width, schema);
  const all = transformRows(transform, input.rows, width);
  const [grown, held] = divide(all);
  const random = new Random(input.seed);
  const forest =
    settings.forest_variant === 'plain'
      ? packLibraryTrees(growLibraryTrees(grown, settings.forest_trees, settings.forest_sample, random))
      : growGuardedTrees(grown, settings.forest_trees, settings.forest_sample, random);
  const mass = growHalfSpaceTrees(grown, settings.mass_trees, settings.mass_depth, random);
  const tails = fitTails(grown);

  const scores = [0, 1, 2].map(() => new Float64Array(held.rows));
  const surprises = new Float64Array(all.width);
  const one = new Float64Array(3);
  for (let r = 0; r < held.rows; r++) {
    scoreParts({ forest, mass, tails }, held.data.subarray(r * held.width, (r + 1) * held.width), surprises, one);
    for (let i = 0; i < 3; i++) scores[i][r] = one[i];
  }
  const parts = scores.map(fitCalibration);
  const fusedScores = new Float64Array(held.rows);
  for (let r = 0; r < held.rows; r++) {
    for (let i = 0; i < 3; i++) one[i] = scores[i][r];
    fusedScores[r] = fuse({ parts }, one);
  }
  return {
    id: '',
    type: input.type,
    schemaId: schema.id,
    seed: input.seed,
    variant: settings.forest_variant as Model['variant'],
    rows: n,
    fromUs: input.fromUs,
    untilUs: input.untilUs,
    transform,
    forest,
    mass,
    tails,
    parts,
    fused: fitCalibration(fusedScores),
  };
}

/** Rows to grow from and rows held back, by blocks. */
function divide(all: Matrix): [Matrix, Matrix] {
  const grown: number[] = [];
  const held: number[] = [];
  for (let r = 0; r < all.rows; r++) {
    const block = Math.floor((r * BLOCKS) / all.rows);
    (block % HELD_EVERY === HELD_EVERY - 1 ? held : grown).push(r);
  }
  return [all.pick(grown), all.pick(held)];
}
