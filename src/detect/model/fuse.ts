import { ensembleScore, type Scratch } from '../autoencoder/ensemble.js';
import { meanValue } from '../forest/score.js';
import { tailScore } from '../tails/tails.js';
import { pValueOf } from './calibration.js';
import type { Model, PartName } from './model.js';

/** The learned detectors of a model. */
export type Detectors = Pick<Model, PartName>;

/** The score of one part for a transformed row, by its number in PART_NAMES; higher is odder. `surprises` as in `scoreParts`. */
export function scorePart(
  m: Detectors,
  part: number,
  x: Float64Array,
  scratch: Scratch,
  surprises: Float64Array,
): number {
  if (part === 0) return -meanValue(m.forest, x);
  if (part === 1) return -meanValue(m.mass, x);
  return part === 2 ? ensembleScore(m.autoencoder, x, scratch, null) : tailScore(m.tails, x, surprises);
}

/** The scores of all parts, written to `out`. `surprises` receives the tail surprise of each column. */
export function scoreParts(
  m: Detectors,
  x: Float64Array,
  scratch: Scratch,
  surprises: Float64Array,
  out: Float64Array,
): void {
  for (let part = 0; part < out.length; part++) out[part] = scorePart(m, part, x, scratch, surprises);
}

/**
 * Say of each part: half-space trees rank best at few false alarms and narrowest over seeds, autoencoders next; tails
 * mistake every rare constant for news, yet one wild feature is theirs alone to see.
 */
const WEIGHT: readonly number[] = [0.25, 3, 1.5, 1];
const ALL = WEIGHT.reduce((a, b) => a + b, 0);

/**
 * One number of several detectors: minus the logarithm of the weighted generalised mean of their p-values with exponent
 * −1/3, between the geometric mean, where all have a say, and the harmonic one, where the surest has it (Vovk & Wang
 * 2020: such means stay valid up to a constant however the p-values depend on each other). That constant is found by
 * calibrating the result again on the held-back rows.
 */
export function fuse(m: Pick<Model, 'parts'>, scores: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < m.parts.length; i++) sum += WEIGHT[i] / Math.cbrt(pValueOf(m.parts[i], scores[i]));
  return 3 * Math.log(sum / ALL);
}
