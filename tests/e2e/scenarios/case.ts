import type { CaseSettings, Ward, Who } from './ward.js';

/** A scenario as captures: what must be named, and what looks alike and must stay quiet. */
export interface ScenarioCase {
  readonly scenario: string;
  /** Device the verdict must be about. */
  readonly device: Who | string;
  readonly settings?: CaseSettings;
  attack(w: Ward): void;
  /** In words: why the other capture is none. */
  readonly alike: string;
  miss(w: Ward): void;
  /** What else the near miss may be called, and why that is right. */
  readonly besides?: readonly string[];
}
