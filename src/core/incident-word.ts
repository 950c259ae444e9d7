import type { AcceptedRow, Lesson, Taught } from './basis.js';
import type { Severity } from './finding.js';
import type { Verdict } from './verdict.js';

/** A person has seen an incident. While it stays as grave as it was, its updates are kept in the log only. */
export interface Ack {
  readonly incident: string;
  readonly by: string;
  readonly note: string;
  /** Severity the person has seen. */
  readonly severity: Severity;
  readonly atUs: number;
}

/** Verdicts a person does not want to be sent for a while; fields that are null match everything. */
export interface Mute {
  readonly id: number;
  readonly device: string | null;
  /** A scenario, or a family of them (`net.*`). */
  readonly scenario: string | null;
  readonly peer: string | null;
  /** Graver verdicts end it. */
  readonly upTo: Severity;
  /** It names a device that keeps somebody alive or watches him. */
  readonly guarded: boolean;
  readonly by: string;
  readonly reason: string;
  readonly fromUs: number;
  readonly untilUs: number;
  /** Everybody was told of it (guarded ones only). */
  readonly announced: boolean;
  /** When and by what it ended before its time. */
  readonly endedUs: number | null;
  readonly endedBy: string | null;
}

/** What a person called normal. */
export interface Normal {
  readonly id: number;
  readonly verdict: string;
  readonly incident: string;
  readonly device: string;
  readonly scenario: string;
  readonly lessons: readonly Lesson[];
  readonly row: AcceptedRow | null;
  readonly by: string;
  readonly reason: string;
  readonly atUs: number;
  readonly revokedUs: number | null;
  readonly revokedBy: string | null;
}

/** Everything a person said of incidents that is in force. */
export interface IncidentWords {
  readonly acks: readonly Ack[];
  readonly mutes: readonly Mute[];
  readonly normals: readonly Normal[];
}

export const NO_WORDS: IncidentWords = { acks: [], mutes: [], normals: [] };

/** What the baseline takes over of what was called normal. */
export function taughtOf(normals: readonly Normal[]): Taught[] {
  return normals.map((n) => ({ id: `n${n.id}`, lessons: n.lessons, row: n.row }));
}

/** What a person asks for: by the command line, or over the broker. `by` is who asks. */
export type OperatorCommand =
  | { readonly cmd: 'ack'; readonly incident: string; readonly by: string; readonly note: string }
  | {
      readonly cmd: 'mute';
      readonly incident: string | null;
      readonly device: string | null;
      readonly scenario: string | null;
      readonly peer: string | null;
      /** Seconds; null: the usual time, which is not given for devices that keep somebody alive or watch him. */
      readonly forS: number | null;
      readonly upTo: Severity | null;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly cmd: 'unmute'; readonly mute: number; readonly by: string }
  | { readonly cmd: 'normal'; readonly id: string; readonly by: string; readonly reason: string }
  | { readonly cmd: 'revoke'; readonly normal: number; readonly by: string };

export const RESULT_CODES = [
  'done',
  'malformed',
  'unknown_command',
  'not_enabled',
  'too_large',
  'too_many',
  'retained',
  'not_found',
  'refused',
  'failed',
] as const;
export type ResultCode = (typeof RESULT_CODES)[number];

/** The answer to a command: a sentence for people, the rest for programs. */
export interface CommandResult {
  readonly code: ResultCode;
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Limits of what a person may mute. */
export interface MuteLimits {
  /** Time when none is given, and at most, s. */
  readonly usualS: number;
  readonly maxS: number;
  /** At most for devices that keep somebody alive or watch him, s. */
  readonly guardedMaxS: number;
  /** Mutes in force at most. */
  readonly most: number;
  /** Device types whose class keeps somebody alive or watches him. */
  readonly guardedTypes: readonly string[];
}

/** A verdict about a device that keeps somebody alive or watches him. */
export function isGuarded(v: Verdict): boolean {
  return v.advice.do_not_isolate || v.device.criticality === 'life-critical';
}
