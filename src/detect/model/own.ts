import { type Calibration, fitCalibration, pValueOf } from './calibration.js';

/** Highest held-back scores kept of a device. */
const KEPT = 64;
/** A device of fewer held-back rows has no say of its own yet. */
const LEAST_ROWS = 128;

/**
 * What a device's own rows scored while they were held back. Its type says what is rare among its like; this says what
 * is rare for itself: the second archive of a site is odd among archives all day long and nothing is wrong with it. Plain
 * data: travels beside the model, never inside it, for a model names no device.
 */
export interface OwnScores {
  /** Id of the device. */
  readonly device: string;
  /** Rows held back. */
  readonly n: number;
  /** Their highest scores, ascending. */
  readonly scores: readonly number[];
  readonly tail: Calibration['tail'];
}

/** One entry a device with enough rows. `owner`: of each held-back row the number of its device in `ids`. */
export function fitOwn(held: Float64Array, owner: Int32Array, ids: readonly string[]): OwnScores[] {
  const of: number[][] = ids.map(() => []);
  for (let r = 0; r < held.length; r++) of[owner[r]]?.push(held[r]);
  return ids.flatMap((device, i) => {
    if (of[i].length < LEAST_ROWS) return [];
    const c = fitCalibration(Float64Array.from(of[i]), KEPT);
    return [{ device, n: c.n, scores: Array.from(c.scores), tail: c.tail }];
  });
}

/** As the calibrations they are, by device, for `pValueOf`. */
export function ownCalibrations(own: readonly OwnScores[]): ReadonlyMap<string, Calibration> {
  return new Map(
    own.map(({ device, n, scores, tail }) => {
      const atLeast = Float64Array.from(scores, (_, i) => scores.length - i);
      return [device, { scores: Float64Array.from(scores), atLeast, n, tail }];
    }),
  );
}

/** Rows less rare for their type than this are not looked up for their device: no threshold is above it. */
const OWN_P = 0.05;

/** Rare for its type and rare for the device itself: the larger p-value of a fused score holds. */
export function fusedP(type: Calibration, own: Calibration | undefined, score: number): number {
  const p = pValueOf(type, score);
  return p > OWN_P || own === undefined ? p : Math.max(p, pValueOf(own, score));
}
