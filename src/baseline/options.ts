import type { Counters, DeviceDirectory, FeatureSchema, FlowColumns, Profile } from '../core/index.js';
import type { DriftAdvice } from './drift.js';
import type { BaselineSettings } from './settings.js';

/** Counts of gaps between the packets of a device, kept by `features`. */
export interface GapStore {
  gapsOf(device: number): number[];
  restoreGaps(device: number, counts: readonly number[]): void;
}

export interface BaselineOptions {
  readonly settings: BaselineSettings;
  readonly directory: DeviceDirectory;
  readonly profiles: readonly Profile[];
  readonly schema: FeatureSchema;
  /** Keyed by the site, so that learned hashes survive a restart. */
  readonly seed: number;
  readonly counters: Counters;
  /** Flows, for the learned sets that no rule keeps. */
  readonly columns?: FlowColumns;
  readonly gaps?: GapStore;
  /** Hears when a device type no longer behaves as learned. */
  readonly advice?: (a: DriftAdvice) => void;
}
