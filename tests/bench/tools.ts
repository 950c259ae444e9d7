import { spawnSync } from 'node:child_process';
import { haveProgram } from '../support/namespace.js';

/** What one run of a program cost. */
export interface Cost {
  /** CPU seconds, user and system, of the program and its children. */
  readonly cpuS: number;
  readonly wallS: number;
  /** Largest resident set, MiB. */
  readonly rssMib: number;
  readonly stdout: string;
}

/** Runs a program on one core under time(1). @throws when it fails */
export function measure(program: string, args: readonly string[], input?: string): Cost {
  const mark = 'wardwire-time';
  const pinned = haveProgram('taskset') ? ['taskset', '-c', '0'] : [];
  const words = ['/usr/bin/time', '-f', `${mark} %U %S %e %M`, ...pinned, program, ...args];
  const r = spawnSync(words[0], words.slice(1), {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    input,
  });
  const line = r.stderr?.split('\n').find((l) => l.startsWith(mark));
  if (r.error || line === undefined) throw new Error(`${program}: ${r.error?.message ?? r.stderr.slice(-500)}`);
  if (r.status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${r.status}: ${r.stderr.slice(-500)}`);
  const [user, system, wall, rss] = line.split(' ').slice(1).map(Number);
  return { cpuS: user + system, wallS: wall, rssMib: rss / 1024, stdout: r.stdout };
}

export function median(values: readonly number[]): number {
  const v = [...values].sort((a, b) => a - b);
  return v.length === 0 ? Number.NaN : v[Math.floor((v.length - 1) / 2)];
}

/** A table with aligned columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const width = head.map((_, c) => Math.max(...all.map((r) => (r[c] ?? '').length)));
  const line = (r: readonly string[]): string =>
    r.map((t, c) => (c === 0 ? t.padEnd(width[c]) : t.padStart(width[c]))).join('  ');
  return [line(head), width.map((w) => '-'.repeat(w)).join('  '), ...rows.map(line)].join('\n');
}
