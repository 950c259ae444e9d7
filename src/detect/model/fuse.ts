import { meanValue } from '../forest/score.js';
import { tailScore } from '../tails/tails.js';
import { pValueOf } from './calibration.js';
import type { Model } from './model.js';

/**
 * Scores of the parts for one transformed row, higher is odder, written to `out` (forest, mass, tails). `surprises`
 * receives the tail surprise of each column.
 */
export function scoreParts(
  m: Pick<Model, 'forest' | 'mass' | 'tails'>,
  x: Float64Array,
  surprises: Float64Array,
  out: Float64Array,
): void {
  out[0] = -meanValue(m.forest, x);
  out[1] = -meanValue(m.mass, x);
  out[2] = tailScore(m.tails, x, surprises);
}

/**
 * Say of each part in the mean: half-space trees rank best at few false alarms, the forest close behind; tails mistake
 * every rare constant for news.
 */
const WEIGHT: readonly number[] = [1, 2, 0.5];

/**
 * One number of several detectors, from their −ln p: the weighed mean, where they agree, plus the largest, because one
 * wild feature that boxes in many dimensions dilute is seen by the tails alone. The parts depend on each other, so this
 * is no p-value yet; it is calibrated again on the held-back rows, which takes the dependence as it is.
 */
export function fuse(m: Pick<Model, 'parts'>, scores: Float64Array): number {
  let sum = 0;
  let weight = 0;
  let most = 0;
  for (let i = 0; i < m.parts.length; i++) {
    const s = -Math.log(pValueOf(m.parts[i], scores[i]));
    if (s > most) most = s;
    sum += WEIGHT[i] * s;
    weight += WEIGHT[i];
  }
  return most + sum / weight;
}
