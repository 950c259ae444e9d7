import type { LearnedSet } from './learned.js';

/** What a rule or detector says about one device at one moment; `verdict` turns findings into incidents. */
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';
export const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];

export interface Reason {
  /** `feature` or `rule`. */
  readonly what: 'feature' | 'rule';
  /** Feature name or rule name. */
  readonly name: string;
  readonly observed: number | string | null;
  readonly unit: string;
  readonly expectedLow: number | null;
  readonly expectedHigh: number | null;
  /** Share of the score, 0…1. */
  readonly share: number;
  /** One plain sentence, no patient data. */
  readonly text: string;
}

export interface Finding {
  /** Dotted name, e.g. `dicom.find.enumeration`. */
  readonly scenario: string;
  /** Catalogue id (D05, H01 …) or null. */
  readonly scenarioId: string | null;
  readonly detector: string;
  /** Device it is about, and in which role. −1: no device (sensor's own findings). */
  readonly device: number;
  readonly role: 'actor' | 'victim';
  /** Peer: address text and port, device index; null when the finding is about no single peer. */
  readonly peer: { ip: string; port: number | null; mac: string | null; device: number } | null;
  /** Flow slot, −1 none. */
  readonly flow: number;
  readonly tsUs: number;
  readonly severity: Severity;
  /** 0…1, null for rules that need no learning. */
  readonly pValue: number | null;
  readonly score: number;
  readonly threshold: number;
  readonly parts: readonly { name: string; share: number }[];
  readonly reasons: readonly Reason[];
  readonly attack: readonly { framework: string; id: string; name: string }[];
  /** Model that scored it, null for rules. */
  readonly model: string | null;
  /** What an incident is keyed by besides scenario and device; '' when the peer is enough. */
  readonly key?: string;
  /** What the device would have to know for this not to be said; devices by index. */
  readonly lessons?: readonly { readonly set: LearnedSet; readonly device: number; readonly key: number }[];
}

export interface FindingSink {
  finding(f: Finding): void;
}

/** Result of scoring one row. */
export interface Score {
  /** Calibrated rarity against this device type's normal, 0…1. */
  pValue: number;
  /** 0…1 = 1 − p on a log scale. */
  score: number;
  threshold: number;
  modelId: string;
  /** `p`: the detector's own calibrated rarity. */
  parts: { name: string; share: number; p?: number }[];
  /** Feature index and share of the score, largest first, at most 5. */
  contributions: { feature: number; share: number; low: number; high: number }[];
}
