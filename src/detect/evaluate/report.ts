import type { AttackKind } from './attack.js';
import type { Contestant } from './contest.js';
import type { Confusion, Point, Spread } from './metrics.js';

export const REPORT_SCHEMA = 'wardwire.evaluate.v1';

/** Shares of false alarms at which detectors are compared. */
export const ALARMS: readonly number[] = [0.01, 0.001, 0.0001];

/** What was found at a share of false alarms; `resolved` is false when there were too few benign rows to tell. */
export interface FoundAt {
  readonly alarms: number;
  readonly found: Spread;
  readonly resolved: boolean;
}

export interface ClassResult {
  readonly name: string;
  readonly rows: number;
  /** Share found at 1 % false alarms. */
  readonly found: Spread;
  /** Rows of the class, in the order of the file, up to the first that is found; NaN when none is. */
  readonly firstFound: Spread;
}

export interface DetectorResult {
  readonly name: Contestant;
  readonly title: string;
  readonly auroc: Spread;
  readonly ap: Spread;
  readonly found: readonly FoundAt[];
  readonly roc: readonly Point[];
  readonly pr: readonly Point[];
  /** At 1 % false alarms, first seed. */
  readonly confusion: Confusion;
  /** First seed. */
  readonly sweep: readonly Confusion[];
  readonly classes: readonly ClassResult[];
}

/** What the alert budget did: promised against real. */
export interface BudgetResult {
  readonly alertsPerWeek: number;
  readonly scoringsPerWeek: number;
  /** p-value below which a row is an alert: the budget over the scorings. */
  readonly p: number;
  readonly falseAlarms: Spread;
  readonly found: Spread;
}

export interface LearningPoint {
  readonly rows: number;
  readonly auroc: Spread;
  readonly found: Spread;
}

export interface AttackResult {
  readonly kind: AttackKind;
  readonly text: string;
  readonly points: readonly {
    readonly strength: number;
    readonly found: Readonly<Record<Contestant, Spread>>;
  }[];
}

export interface EvaluateReport {
  readonly schema: typeof REPORT_SCHEMA;
  readonly source: string;
  readonly fit: 'benign' | 'all';
  readonly seeds: readonly number[];
  readonly benignRows: number;
  readonly attackRows: number;
  readonly trainRows: number;
  readonly testRows: number;
  readonly columns: readonly { readonly name: string; readonly kind: 'number' | 'name' }[];
  readonly features: number;
  readonly default: Contestant;
  readonly detectors: readonly DetectorResult[];
  readonly budget: BudgetResult;
  readonly learning: readonly LearningPoint[];
  /** Most correlated pairs of numeric columns on the benign rows, and the whole matrix of the first of them. */
  readonly correlation: {
    readonly names: readonly string[];
    readonly matrix: readonly (readonly number[])[];
    readonly pairs: readonly { readonly a: string; readonly b: string; readonly r: number }[];
  };
  readonly attacks: readonly AttackResult[];
}
