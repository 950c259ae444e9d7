import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, found from this file. */
export function projectRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir);
  return dir;
}

/** The program compiled beside the running test. */
export const MAIN = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'main.js');

/** Folder of shared captures, or null when it is not on this machine. */
export function sharedFolder(): string | null {
  const dir = process.env.WARDWIRE_SHARED ?? join(projectRoot(), '..', 'shared');
  return existsSync(join(dir, 'pcaps', 'MANIFEST.tsv')) ? dir : null;
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `wardwire ARGS` to its end. */
export function wardwire(args: readonly string[], options: { input?: Buffer; timeoutMs?: number } = {}): Ran {
  const r = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'buffer',
    input: options.input,
    timeout: options.timeoutMs ?? 120_000,
    maxBuffer: 1 << 28,
  });
  return { code: r.status, out: r.stdout.toString(), err: r.stderr.toString() };
}

/** A running `wardwire` whose lines are collected. */
export class Running {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly exited: Promise<number | null>;

  constructor(program: string, args: readonly string[], cwd?: string) {
    this.child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd });
    this.child.stdout?.on('data', (d: Buffer) => {
      this.out += d.toString();
    });
    this.child.stderr?.on('data', (d: Buffer) => {
      this.err += d.toString();
    });
    this.exited = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)));
  }

  /** Waits until `ready` is true. @throws after the time, with what was printed so far */
  async until(what: string, ready: () => boolean, timeoutMs = 30_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!ready()) {
      if (Date.now() > end || this.child.exitCode !== null) {
        throw new Error(
          `waited for ${what}; exit ${this.child.exitCode}\n--- out\n${this.out.slice(-3000)}\n--- err\n${this.err.slice(-3000)}`,
        );
      }
      await new Promise((r) => setTimeout(r, 25));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }
}

/** A temporary folder that goes with the test. */
export function temporaryFolder(t: { teardown(f: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-test-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
