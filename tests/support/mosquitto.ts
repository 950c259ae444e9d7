import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { haveProgram } from './namespace.js';

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** Skips the test, and says so, when mosquitto is not installed. */
export function skipWithoutMosquitto(t: { pass(message: string, extra: { skip: string }): unknown }): boolean {
  if (haveProgram('mosquitto') && haveProgram('mosquitto_sub')) return false;
  t.pass('skipped', { skip: 'mosquitto is not installed' });
  return true;
}

/** A real broker on loopback with a configuration of the test's; may be killed and started again. */
export class Mosquitto {
  readonly port: number;
  readonly dir = mkdtempSync(join(tmpdir(), 'wardwire-broker-'));
  #child: ChildProcess | null = null;
  readonly #config: string;

  /** `lines` without a listener get one for `port`. */
  constructor(port: number, lines: readonly string[]) {
    this.port = port;
    this.#config = join(this.dir, 'mosquitto.conf');
    // started as root it would change to a user that may not read the test's files
    const user = process.getuid?.() === 0 ? ['user root'] : [];
    const listener = lines.some((l) => l.startsWith('listener ')) ? [] : [`listener ${port} 127.0.0.1`];
    writeFileSync(this.#config, `${[...user, ...listener, ...lines].join('\n')}\n`);
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const child = spawn('mosquitto', ['-c', this.#config], { stdio: 'ignore' });
    this.#child = child;
    for (let i = 0; i < 200; i++) {
      if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}: ${this.#config}`);
      const up = await new Promise<boolean>((done) => {
        const s = connect(this.port, '127.0.0.1', () => {
          s.destroy();
          done(true);
        });
        s.once('error', () => done(false));
      });
      if (up) return;
      await new Promise((r) => setTimeout(r, 25));
    }
    throw new Error('mosquitto does not listen');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((r) => child.once('exit', r));
    child.kill(signal);
    await gone;
  }

  async close(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A broker that goes with the test. */
export async function broker(
  t: { teardown(f: () => Promise<void>): unknown },
  lines: readonly string[],
  port?: number,
): Promise<Mosquitto> {
  const m = new Mosquitto(port ?? (await freePort()), lines);
  t.teardown(() => m.close());
  await m.start();
  return m;
}
