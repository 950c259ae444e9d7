import { type ChildProcess, type SpawnOptions, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// A network of its own for a test: namespaces of the kernel, one or more veth pairs, nothing reaches outside.

const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** Whether a program can be run. */
export function haveProgram(name: string): boolean {
  return FOLDERS.some((dir) => dir !== '' && existsSync(join(dir, name)));
}

let mayMake: string | null | undefined;

/** Why namespaces cannot be made here, or null. Asked of the kernel once. */
export function noNamespaces(): string | null {
  if (mayMake !== undefined) return mayMake;
  if (process.getuid?.() !== 0) mayMake = 'not root';
  else if (!haveProgram('ip')) mayMake = 'no ip program (iproute2)';
  else {
    const probe = `wwt${process.pid.toString(36)}p`;
    const r = spawnSync('ip', ['netns', 'add', probe], { encoding: 'utf8' });
    mayMake = r.status === 0 ? null : `no network namespaces: ${r.stderr.trim()}`;
    if (r.status === 0) spawnSync('ip', ['netns', 'del', probe]);
  }
  return mayMake;
}

/** Skips the test when it may not make namespaces; returns true when it did. */
export function skipUnlessRoot(t: { pass(message: string, extra: { skip: string }): unknown }): boolean {
  const why = noNamespaces();
  if (why === null) return false;
  t.pass('skipped', { skip: why });
  return true;
}

function ip(...args: string[]): void {
  const r = spawnSync('ip', args, { encoding: 'utf8' });
  if (r.status !== 0) throw new Error(`ip ${args.join(' ')}: ${(r.stderr ?? '').trim() || r.error?.message}`);
}

const living = new Set<TestNetwork>();
let hooked = false;
/** Cleans up when the process ends by itself or by a signal. */
function hook(): void {
  if (hooked) return;
  hooked = true;
  const sweep = (): void => {
    for (const n of living) n.close();
  };
  process.once('exit', sweep);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      sweep();
      process.kill(process.pid, signal);
    });
  }
}

let counter = 0;

export interface NetworkOptions {
  /** Largest frame, octets; default 1500. */
  readonly mtu?: number;
  /** IPv4 addresses with prefix length for the two ends; default none. */
  readonly addresses?: readonly [string, string];
}

/**
 * Two namespaces, `a` and `b`, joined by a veth pair whose ends are both called `eth0`: what is sent on a's end arrives
 * at b's. Offloads are off, so frames are as on a cable. IPv6 is off: a quiet link carries nothing by itself.
 * Names hold the process number, so tests may run side by side. `close` may be called twice.
 */
export class TestNetwork {
  readonly a: string;
  readonly b: string;
  /** Name of the interface in either namespace. */
  readonly device = 'eth0';
  readonly #children = new Set<ChildProcess>();
  #closed = false;

  constructor(options: NetworkOptions = {}) {
    const name = `wwt${process.pid.toString(36)}n${counter++}`;
    this.a = `${name}a`;
    this.b = `${name}b`;
    hook();
    living.add(this);
    try {
      for (const ns of [this.a, this.b]) {
        ip('netns', 'add', ns);
        this.run(ns, ['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1']);
        ip('-n', ns, 'link', 'set', 'lo', 'up');
      }
      ip('-n', this.a, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.b);
      [this.a, this.b].forEach((ns, i) => {
        ip('-n', ns, 'link', 'set', 'eth0', 'mtu', String(options.mtu ?? 1500));
        const address = options.addresses?.[i];
        if (address !== undefined) ip('-n', ns, 'addr', 'add', address, 'dev', 'eth0');
        ip('-n', ns, 'link', 'set', 'eth0', 'up');
        const off = ['tso', 'gso', 'gro', 'tx', 'rx'].flatMap((f) => [f, 'off']);
        this.run(ns, ['ethtool', '-K', 'eth0', ...off]);
      });
    } catch (e) {
      this.close();
      throw e;
    }
  }

  /** Takes a's or b's end down or up (the other end loses its carrier with it). */
  link(ns: string, state: 'up' | 'down'): void {
    ip('-n', ns, 'link', 'set', 'eth0', state);
  }

  /** The words that run a command inside a namespace. */
  inside(ns: string, command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', ns, ...command];
  }

  /** Runs a command inside a namespace to its end. */
  run(ns: string, command: readonly string[], timeoutMs = 60_000): SpawnSyncReturns<string> {
    const [program, ...args] = this.inside(ns, command);
    return spawnSync(program, args, { encoding: 'utf8', timeout: timeoutMs, maxBuffer: 1 << 26 });
  }

  /** Starts a command inside a namespace; `close` ends it. */
  start(ns: string, command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [program, ...args] = this.inside(ns, command);
    // `ip netns exec` becomes the program itself, so signals to the child reach it.
    const child = spawn(program, args, options);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    living.delete(this);
    for (const child of this.#children) child.kill('SIGKILL');
    for (const ns of [this.a, this.b]) spawnSync('ip', ['netns', 'del', ns], { stdio: 'ignore' });
  }
}

/** A network that goes with the test. */
export function testNetwork(t: { teardown(f: () => void): unknown }, options: NetworkOptions = {}): TestNetwork {
  const n = new TestNetwork(options);
  t.teardown(() => n.close());
  return n;
}
