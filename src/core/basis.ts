import type { Severity } from './finding.js';
import type { LearnedSet } from './learned.js';
import type { Verdict } from './verdict.js';

/** One thing a device would have to know for a finding not to be made: a key of one of its learned sets. */
export interface Lesson {
  readonly set: LearnedSet;
  /** Stable id of the device that would have to know it. */
  readonly device: string;
  /** Hash under the site key, as the rule asked for it. */
  readonly key: number;
}

/** The feature row of a device as it stood at a verdict; null = not observed. */
export interface BasisRow {
  /** Id of the feature schema. */
  readonly schema: string;
  readonly values: readonly (number | null)[];
  /** By how much its features were moved towards the middle of its type, as compared, by feature number; those that were. */
  readonly shifts: readonly (readonly [feature: number, shift: number])[];
}

/** The flow behind a verdict as it stood; pairs are initiator's, responder's. */
export interface BasisFlow {
  readonly initiator: string;
  readonly responder: string;
  readonly packets: readonly [number, number];
  readonly octets: readonly [number, number];
  readonly firstUs: number;
  readonly lastUs: number;
}

/**
 * What a verdict was made from, kept beside it in the log and never sent: enough to make its numbers again (`explain`) and to learn
 * from it (`normal`).
 */
export interface VerdictBasis {
  /** What the incident is keyed by besides scenario and device. */
  readonly key: string;
  readonly lessons: readonly Lesson[];
  readonly row: BasisRow | null;
  readonly flow: BasisFlow | null;
}

/** Bytes of a basis as JSON at most; beyond, it is kept without its row. */
export const MAX_BASIS_BYTES = 8192;

/** A row that a person said is normal: material for the next training of its device type. */
export interface AcceptedRow {
  readonly device: string;
  readonly type: string;
  readonly schema: string;
  readonly tsUs: number;
  readonly values: readonly (number | null)[];
}

/** What the operator called normal, as the baseline takes it. */
export interface Taught {
  readonly id: string;
  readonly lessons: readonly Lesson[];
  readonly row: AcceptedRow | null;
}

/** An incident that was open when the sensor went away: taken up again or closed. */
export interface OpenIncident {
  readonly verdict: Verdict;
  readonly key: string;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly severity: Severity;
}
