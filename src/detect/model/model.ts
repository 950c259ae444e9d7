import type { Ensemble } from '../autoencoder/ensemble.js';
import type { PackedTrees } from '../forest/pack.js';
import type { TailTable } from '../tails/tails.js';
import type { Calibration } from './calibration.js';
import type { Transform } from './transform.js';

/** Learned detectors of a model, in the order of `parts`. */
export const PART_NAMES = ['forest', 'mass', 'autoencoder', 'tails'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Everything learned about one device type. */
export interface Model {
  readonly id: string;
  readonly type: string;
  /** Feature schema it was trained on. */
  readonly schemaId: string;
  readonly seed: number;
  readonly variant: 'plain' | 'guarded';
  readonly rows: number;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly transform: Transform;
  readonly forest: PackedTrees;
  readonly mass: PackedTrees;
  readonly autoencoder: Ensemble;
  readonly tails: TailTable;
  /** Calibration of each part, and of their fusion. */
  readonly parts: readonly Calibration[];
  readonly fused: Calibration;
}
