/** Errors that are thrown: operator mistakes, outside faults, bugs. Never for traffic. */
export const ExitCode = { Ok: 0, Runtime: 1, Usage: 2, Internal: 70, Permission: 77, Config: 78 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export type ErrorCode =
  | 'config' // settings are wrong; `problems` lists each
  | 'usage' // the command line is wrong
  | 'permission' // a capability or file permission is missing
  | 'file' // a file cannot be opened, read or is not what it should be
  | 'interface' // a capture interface is missing, down or refuses
  | 'filter' // a BPF expression does not compile
  | 'model' // a model or profile file does not fit
  | 'outside' // broker, disk, network: retry may help
  | 'internal'; // our bug

export interface Problem {
  /** Dotted path or file:line of the place. */
  readonly path: string;
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string;
}

export class WardwireError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];
  constructor(code: ErrorCode, message: string, problems: readonly Problem[] = [], options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WardwireError';
    this.code = code;
    this.problems = problems;
  }
}

/** The exit code of an error that ended the program. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof WardwireError)) return ExitCode.Internal;
  switch (error.code) {
    case 'config':
      return ExitCode.Config;
    case 'usage':
      return ExitCode.Usage;
    case 'permission':
      return ExitCode.Permission;
    case 'internal':
      return ExitCode.Internal;
    case 'file':
    case 'interface':
    case 'filter':
    case 'model':
    case 'outside':
      return ExitCode.Runtime;
  }
}
