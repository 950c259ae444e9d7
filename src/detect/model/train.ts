import { type FeatureSchema, Random, WardwireError } from '../../core/index.js';
import { Scratch, trainEnsemble } from '../autoencoder/ensemble.js';
import { growLibraryTrees } from '../forest/grow.js';
import { growGuardedTrees } from '../forest/guarded.js';
import { packLibraryTrees } from '../forest/pack.js';
import { meanValue } from '../forest/score.js';
import { growHalfSpaceTrees } from '../mass/half-space.js';
import type { Matrix } from '../matrix.js';
import type { DetectSettings } from '../settings.js';
import { fitTails } from '../tails/tails.js';
import { fitCalibration } from './calibration.js';
import { writeModel } from './file.js';
import { type Detectors, fuse, scoreParts } from './fuse.js';
import { type Model, PART_NAMES } from './model.js';
import { fitOwn, type OwnScores } from './own.js';
import { fitTransform, transformRows } from './transform.js';

/** Rows are divided into blocks; every third block is a fold. */
const BLOCKS = 24;
const FOLDS = 3;
/** Up to this many rows every row is held back once; beyond, one fold is enough and training stays short. */
const CROSS_ROWS = 3000;
const LEAST_ROWS = 16;
/** Trees that tell which rows stand apart. */
const DOUBT_TREES = 200;

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
  /** Share of the rows that may be no part of what is normal and is left out, 0…1: for rows nobody vouches for. Default 0. */
  readonly doubt?: number;
  /** Of each row the number of its device in `ids`; without it no device gets a calibration of its own. */
  readonly owner?: Int32Array;
  readonly ids?: readonly string[];
}

/** What training makes: the model of the type, and what its devices scored themselves. */
export interface Trained {
  readonly model: Model;
  readonly own: readonly OwnScores[];
}

/** Trains and serialises: what the training worker calls. @throws WardwireError('model') for too few or misfit rows */
export function trainModel(input: TrainInput): { readonly text: string; readonly own: readonly OwnScores[] } {
  const { model, own } = trainParts(input);
  return { text: writeModel(model, input.schema), own };
}

/** Trains the detectors of one device type. Pure and CPU-bound: seconds for many rows, never on the packet path. */
export function trainParts(input: TrainInput): Trained {
  const { width, schema, settings } = input;
  const n = width === 0 ? 0 : Math.floor(input.rows.length / width);
  if (width !== schema.features.length) {
    throw new WardwireError('model', `rows of ${width} numbers do not fit a schema of ${schema.features.length}`);
  }
  if (n < LEAST_ROWS) throw new WardwireError('model', `${n} rows are too few to train ${input.type} from`);
  const random = new Random(input.seed);
  const rows = (input.doubt ?? 0) > 0 ? undoubted(input, input.doubt ?? 0, random) : input.rows;
  const transform = fitTransform(rows, width, schema);
  const all = transformRows(transform, rows, width);
  const scores = PART_NAMES.map(() => [] as number[]);
  const order: number[] = [];
  let detectors: Detectors;
  if (all.rows <= CROSS_ROWS) {
    // few rows: each is scored by detectors that did not see it, and the final ones are grown from all
    for (let fold = 0; fold < FOLDS; fold++) {
      const [grown, held] = divide(all, fold, order);
      scoreRows(grow(grown, settings, random), held, scores);
    }
    detectors = grow(all, settings, random);
  } else {
    const [grown, held] = divide(all, 0, order);
    detectors = grow(grown, settings, random);
    scoreRows(detectors, held, scores);
  }
  const parts = scores.map((s) => fitCalibration(Float64Array.from(s)));
  const one = new Float64Array(PART_NAMES.length);
  const fused = scores[0].map((_, r) => {
    for (let i = 0; i < one.length; i++) one[i] = scores[i][r];
    return fuse({ parts }, one);
  });
  const fusedScores = Float64Array.from(fused);
  const { owner, ids } = input;
  const own =
    owner === undefined || ids === undefined
      ? []
      : fitOwn(
          fusedScores,
          Int32Array.from(order, (r) => owner[r]),
          ids,
        );
  const model: Model = {
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
    fused: fitCalibration(fusedScores),
  };
  return { model, own };
}

/**
 * The rows without the share of them that stands apart most, told by guarded trees of small samples: what is rare among
 * all is rare in each sample too, and trees of few rows are hard to sway (Liu, Ting, Zhou 2008, section 3).
 */
function undoubted(input: TrainInput, share: number, random: Random): Float64Array {
  const { rows, width, schema, settings } = input;
  const all = transformRows(fitTransform(rows, width, schema), rows, width);
  const trees = growGuardedTrees(all, DOUBT_TREES, settings.forest_sample, new Random(random.u32()));
  const score = Float64Array.from({ length: all.rows }, (_, r) =>
    meanValue(trees, all.data.subarray(r * all.width, (r + 1) * all.width)),
  );
  const kept = Array.from(score.keys())
    .sort((a, b) => score[a] - score[b])
    .slice(Math.floor(share * all.rows))
    .sort((a, b) => a - b);
  const out = new Float64Array(kept.length * width);
  for (const [i, r] of kept.entries()) out.set(rows.subarray(r * width, (r + 1) * width), i * width);
  return out;
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

/**
 * Rows to grow from and rows held back in a fold, by blocks: neighbours in time must not sit on both sides. Appends the
 * numbers of those held back to `order`.
 */
function divide(all: Matrix, fold: number, order: number[]): [Matrix, Matrix] {
  const grown: number[] = [];
  const held: number[] = [];
  for (let r = 0; r < all.rows; r++) {
    const block = Math.floor((r * BLOCKS) / all.rows);
    (block % FOLDS === fold ? held : grown).push(r);
  }
  for (const r of held) order.push(r);
  return [all.pick(grown), all.pick(held)];
}
