import { type Problem, type SourceStats, WardwireError } from '../core/index.js';

/** Where a command writes; tests hand in their own. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** Standard error is a terminal: progress may be drawn. */
  readonly terminal: boolean;
}

export const processOutput: Output = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  terminal: process.stderr.isTTY === true,
};

/** One line a problem: place, what, what to do. */
export function problemLines(problems: readonly Problem[]): string[] {
  return problems.map((p) => `  ${p.path}: ${p.text}${p.hint ? ` (${p.hint})` : ''}`);
}

/** An error as a person reads it. */
export function errorText(error: unknown): string {
  if (!(error instanceof WardwireError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [`wardwire: ${error.message}`, ...problemLines(error.problems)].join('\n');
}

const mib = (n: number): string => `${(n / 1048576).toFixed(n < 10485760 ? 1 : 0)} MiB`;

/** Draws one line of progress on a terminal: bytes done, packets a second, time left. Silent elsewhere. */
export class Progress {
  readonly #started: number;
  #drawn = false;

  constructor(
    private readonly output: Output,
    private readonly nowMs: () => number,
  ) {
    this.#started = nowMs();
  }

  update(stats: SourceStats): void {
    if (!this.output.terminal) return;
    const s = Math.max(0.001, (this.nowMs() - this.#started) / 1000);
    const rate = stats.delivered / s;
    const of = stats.bytesTotal > 0 ? ` of ${mib(stats.bytesTotal)}` : '';
    const left =
      stats.bytesTotal > 0 && stats.bytesRead > 0
        ? `, ${Math.ceil((s * (stats.bytesTotal - stats.bytesRead)) / stats.bytesRead)} s left`
        : '';
    process.stderr.write(
      `\r\x1b[K${mib(stats.bytesRead)}${of}, ${Math.round(rate).toLocaleString('en')} packets/s${left}`,
    );
    this.#drawn = true;
  }

  clear(): void {
    if (this.#drawn) process.stderr.write('\r\x1b[K');
    this.#drawn = false;
  }
}
