import { type FeatureSchema, Random, WardwireError } from '../../core/index.js';
import { Scratch, trainEnsemble } from '../autoencoder/ensemble.js';
import { growLibraryTrees } from '../forest/grow.js';
import { growGuardedTrees } from '../forest/guarded.js';
import { packLibraryTrees } from '../forest/pack.js';
import { growHalfSpaceTrees } from '../mass/half-space.js';
import type { Matrix } from '../matrix.js';
import type { DetectSettings } from '../settings.js';
import { fitTails } from '../tails/tails.js';
import { fitCalibration } from './calibration.js';
import { writeModel } from './file.js';
import { type Detectors, fuse, scoreParts } from './fuse.js';
import { type Model, PART_NAMES } from './model.js';
import { fitTransform, transformRows } from './transform.js';

/** Rows are divided into blocks; every third block is a fold. */
const BLOCKS = 24;
const FOLDS = 3;
/** Up to this many rows every row is held back once; beyond, one fold is enough and training stays short. */
const CROSS_ROWS = 3000;
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
  const random = new Random(input.seed);
  const scores = PART_NAMES.map(() => [] as number[]);
  let detectors: Detectors;
  if (all.rows <= CROSS_ROWS) {
    // few rows: each is scored by detectors that did not see it, and the final ones are grown from all
    for (let fold = 0; fold < FOLDS; fold++) {
      const [grown, held] = divide(all, fold);
      scoreRows(grow(grown, settings, random), held, scores);
    }
    detectors = grow(all, settings, random);
  } else {
    const [grown, held] = divide(all, 0);
    detectors = grow(grown, settings, random);
    scoreRows(detectors, held, scores);
  }
  const parts = scores.map((s) => fitCalibration(Float64Array.from(s)));
  const one = new Float64Array(PART_NAMES.length);
  const fused = scores[0].map((_, r) => {
    for (let i = 0; i < one.length; i++) one[i] = scores[i][r];
    return fuse({ parts }, one);
  });
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
    ...detectors,
    parts,
    fused: fitCalibration(Float64Array.from(fused)),
  };
}

/** Each detector has dice of its own: a setting of one changes nothing in the others. */
function grow(m: Matrix, settings: DetectSettings, random: Random): Detectors {
  const { forest_variant, forest_trees, forest_sample, mass_trees, mass_depth } = settings;
  const [a, b, c] = [new Random(random.u32()), new Random(random.u32()), new Random(random.u32())];
  const nets = { cluster: settings.autoencoder_cluster, shown: settings.autoencoder_shown };
  return {
    forest:
      forest_variant === 'plain'
        ? packLibraryTrees(growLibraryTrees(m, forest_trees, forest_sample, a))
        : growGuardedTrees(m, forest_trees, forest_sample, a),
    mass: growHalfSpaceTrees(m, mass_trees, mass_depth, b),
    autoencoder: trainEnsemble(m, nets, c),
    tails: fitTails(m),
  };
}

/** Appends the scores of every row to `scores`, by part. */
function scoreRows(d: Detectors, rows: Matrix, scores: number[][]): void {
  const surprises = new Float64Array(rows.width);
  const scratch = new Scratch(rows.width);
  const one = new Float64Array(PART_NAMES.length);
  for (let r = 0; r < rows.rows; r++) {
    scoreParts(d, rows.data.subarray(r * rows.width, (r + 1) * rows.width), scratch, surprises, one);
    for (let i = 0; i < one.length; i++) scores[i].push(one[i]);
  }
}

/** Rows to grow from and rows held back in a fold, by blocks: neighbours in time must not sit on both sides. */
function divide(all: Matrix, fold: number): [Matrix, Matrix] {
  const grown: number[] = [];
  const held: number[] = [];
  for (let r = 0; r < all.rows; r++) {
    const block = Math.floor((r * BLOCKS) / all.rows);
    (block % FOLDS === fold ? held : grown).push(r);
  }
  return [all.pick(grown), all.pick(held)];
}
