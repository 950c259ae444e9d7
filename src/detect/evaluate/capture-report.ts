import type { Contestant } from './contest.js';
import type { LearnedResult, VerdictResult } from './episodes.js';
import type { REPORT_SCHEMA } from './report.js';

/** What labelled captures say of the detectors. */
export interface CaptureReport {
  readonly schema: typeof REPORT_SCHEMA;
  readonly source: string;
  readonly seed: number;
  readonly default: Contestant;
  readonly devices: number;
  readonly trainRows: number;
  readonly benignWindows: number;
  readonly attackWindows: number;
  /** Windows of device types that had too few rows to learn from. */
  readonly unscoredWindows: number;
  readonly learned: readonly LearnedResult[];
  readonly verdicts: VerdictResult;
}
