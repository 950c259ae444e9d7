import type { Argv } from 'yargs';
import { type ExitCode, WardwireError } from '../core/index.js';
import type { Output } from './output.js';

/** What a lone hyphen is turned into before the parser, which would drop it. */
export const STDIN = '/dev/stdin';

/** The face of every command. */
export interface Command<A> {
  readonly name: string;
  readonly text: string;
  options(y: Argv): Argv;
  run(args: A, output: Output): Promise<ExitCode>;
}

/** A single value of an option that was perhaps repeated (yargs makes an array of it). @throws WardwireError('usage') */
export function single<T>(name: string, value: T | T[] | undefined): T | undefined {
  if (Array.isArray(value)) throw new WardwireError('usage', `--${name} was given ${value.length} times; give it once`);
  if (value === '') throw new WardwireError('usage', `--${name} needs a value`);
  return value;
}

/** Capture paths as the rooms know them: the command line's lone hyphen travels as a path (see `main`). */
export function capturePaths(paths: readonly string[]): string[] {
  return paths.map((p) => (p === STDIN ? '-' : p));
}

/** `max`, `recorded` or a positive number. @throws WardwireError('usage') */
export function parseSpeed(text: string): 'max' | 'recorded' | number {
  if (text === 'max' || text === 'recorded') return text;
  const n = Number(text);
  if (text.trim() === '' || !Number.isFinite(n) || n <= 0 || n > 10_000) {
    throw new WardwireError('usage', `--speed must be max, recorded or a number from 0 to 10000, not '${text}'`);
  }
  return n;
}
