import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Verdict } from '../../src/core/index.js';
import { haveProgram, noNamespaces, TestNetwork } from '../support/namespace.js';
import { MAIN, projectRoot } from '../support/wardwire.js';

/** Whatever else the machine does: the stand is measured, not its neighbours. Only root may ask for that, and only root makes namespaces. */
export const FIRST = ['nice', '-n', '-15'];

/** Words before a command that keep it on a core: the sensor's, and that of the sender, the broker and its subscriber. */
export interface Cores {
  readonly sensor: readonly string[];
  readonly others: readonly string[];
}

/** tcpreplay that sleeps between packets: its default waits in a loop and takes a whole core from those it tests. */
export const SENDER = ['tcpreplay', '-q', '-K', '-T', 'nano'];
/** A rate, packets/s, in bursts of a millisecond. */
export const paced = (pps: number): string[] => [
  '--pps',
  String(pps),
  ...(pps >= 2000 ? ['--pps-multi', String(Math.round(pps / 1000))] : []),
];

/** What stands in the way of a live proof here, null nothing. */
export function obstacle(): string | null {
  const missing = ['tcpreplay', 'mosquitto', 'mosquitto_sub', 'curl'].filter((p) => !haveProgram(p));
  return noNamespaces() ?? (missing.length > 0 ? `${missing.join(', ')} not installed` : null);
}

/** The part of the shipped mosquitto configuration that keeps what subscribers are owed; TLS and access list have a test of their own. */
function shippedBroker(state: string): string {
  const text = readFileSync(join(projectRoot(), 'config', 'mosquitto', 'wardwire.conf'), 'utf8');
  const kept = text.slice(0, text.indexOf('# --- who may speak and listen'));
  return `${kept.replace('/var/lib/mosquitto/', `${state}/`)}\n${LISTENER}`;
}

const LISTENER = 'user root\nlistener 1883 127.0.0.1\nallow_anonymous true\n';
/** A broker that writes nothing down: with thousands of new devices the shipped one rewrites its file without end. */
const MEMORY_BROKER = `persistence false\nmax_queued_messages 100000\n${LISTENER}`;

export interface StandOptions {
  readonly cores?: Cores;
  /** Default `shipped`. */
  readonly broker?: 'shipped' | 'memory';
}

/** What a subscriber that never misses anything has heard. */
export class Heard {
  /** Copies by id. */
  readonly copies = new Map<string, number>();
  readonly verdicts: Verdict[] = [];
  /** Several ids under one number of one start. */
  confused = 0;
  readonly #numbers = new Map<string, string>();
  #rest = '';

  take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) this.#verdict(JSON.parse(line) as Verdict);
  }

  get duplicates(): number {
    let n = 0;
    for (const c of this.copies.values()) n += c - 1;
    return n;
  }

  #verdict(v: Verdict): void {
    this.copies.set(v.id, (this.copies.get(v.id) ?? 0) + 1);
    const number = `${v.boot_id}/${v.seq}`;
    const before = this.#numbers.get(number);
    if (before !== undefined && before !== v.id) this.confused++;
    this.#numbers.set(number, v.id);
    this.verdicts.push(v);
  }
}

/**
 * A sensor at one end of a veth pair in a namespace, a sender at the other, mosquitto by the shipped configuration and a persistent
 * subscriber beside the sensor. Everything can be killed and started again. `close` takes all of it away.
 */
export class Stand {
  readonly dir = mkdtempSync(join(tmpdir(), 'wardwire-endurance-'));
  readonly net = new TestNetwork();
  readonly heard = new Heard();
  /** Log lines of all sensors so far. */
  log = '';
  daemon: ChildProcess | null = null;
  readonly #config: string;
  readonly #cores: Cores;
  #broker: ChildProcess | null = null;
  #sender: ChildProcess | null = null;
  #closed = false;

  /** `settings`: YAML sections beside those that place files. */
  constructor(settings = '', options: StandOptions = {}) {
    this.#cores = options.cores ?? { sensor: [], others: [] };
    this.#config = join(this.dir, 'wardwire.yaml');
    for (const d of ['data', 'broker']) mkdirSync(join(this.dir, d));
    const broker = options.broker === 'memory' ? MEMORY_BROKER : shippedBroker(join(this.dir, 'broker'));
    writeFileSync(join(this.dir, 'mosquitto.conf'), broker);
    const ours = `store:\n  data_dir: ${join(this.dir, 'data')}\nlog:\n  level: notice\n`;
    writeFileSync(this.#config, settings.includes('\nstore:') ? settings : ours + settings);
  }

  startBroker(): void {
    this.#broker = this.net.start(
      this.net.b,
      [...FIRST, ...this.#cores.others, 'mosquitto', '-c', join(this.dir, 'mosquitto.conf')],
      {
        stdio: 'ignore',
      },
    );
  }

  async killBroker(): Promise<void> {
    await gone(this.#broker, 'SIGKILL');
  }

  /** A subscriber with a session that outlives it and the broker. */
  async subscribe(): Promise<void> {
    const sub = ['mosquitto_sub', '-c', '-i', 'endurance', '-q', '1', '-t', 'wardwire/v1/+/+/verdict/#'];
    const words = [...FIRST, ...this.#cores.others, ...sub];
    for (;;) {
      const sub = this.net.start(this.net.b, words, { stdio: ['ignore', 'pipe', 'ignore'] });
      sub.stdout?.on('data', (d: Buffer) => this.heard.take(d.toString()));
      await sleep(500);
      if (sub.exitCode === null) {
        // it ends when the broker refuses it at a bad moment, and has to come back
        sub.once('exit', () => {
          if (!this.#closed) void sleep(100).then(() => this.subscribe());
        });
        return;
      }
    }
  }

  startDaemon(): void {
    const run = [process.execPath, MAIN, 'run', '--config', this.#config, '--interface', this.net.device];
    const words = [...FIRST, ...this.#cores.sensor, ...run];
    const child = this.net.start(this.net.b, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.on('data', (d: Buffer) => {
      this.log = (this.log + d.toString()).slice(-2_000_000);
    });
    this.daemon = child;
  }

  async killDaemon(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await gone(this.daemon, signal);
  }

  /** Process number of the sensor that the daemon keeps, 0 none. */
  sensorPid(): number {
    const pid = this.daemon?.pid;
    if (pid === undefined) return 0;
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
      const sensor = children.find((c) => readFileSync(`/proc/${c}/cmdline`, 'utf8').includes('__sensor'));
      return Number(sensor ?? 0);
    } catch {
      return 0;
    }
  }

  /** Sends a capture over and over at a rate until `close`, or another is sent. */
  send(file: string, pps: number, more: readonly string[] = ['--loop', '0']): ChildProcess {
    this.#sender?.kill('SIGKILL');
    const sender = [...FIRST, ...this.#cores.others, ...SENDER];
    const words = [...sender, '-i', this.net.device, ...paced(pps), ...more, file];
    this.#sender = this.net.start(this.net.a, words, { stdio: 'ignore' });
    return this.#sender;
  }

  stopSending(): void {
    this.#sender?.kill('SIGKILL');
    this.#sender = null;
  }

  scrape(): string {
    return this.net.run(this.net.b, ['curl', '-s', '-m', '5', 'http://127.0.0.1:9844/metrics']).stdout;
  }

  async up(ms = 60_000): Promise<void> {
    await waitFor('the sensor', () => /^wardwire_sensor_up 1$/m.test(this.scrape()), ms, 200);
  }

  /** Waits for more verdicts than `had`. @throws with what the sensor said of late */
  async verdicts(after: string, had: number): Promise<void> {
    try {
      await waitFor(`verdicts after ${after}`, () => this.heard.copies.size > had + 20, 60_000);
    } catch (error) {
      const broker = `broker ${this.#broker?.exitCode ?? 'runs'}, sensor ${this.daemon?.exitCode ?? 'runs'}`;
      const metrics = this.scrape()
        .match(/^wardwire_(sink|spool|publish|overload|findings|capture_packets)_[^\n]*$/gm)
        ?.join('\n');
      throw new Error(
        `${(error as Error).message}; ${broker}, ${this.heard.copies.size} heard\n${metrics}\n${this.log.slice(-3000)}`,
      );
    }
  }

  /** Ids of everything that is in the log and meant for subscribers. Stop the daemon first. */
  logged(): string[] {
    const db = new Database(join(this.dir, 'data', 'verdicts.sqlite'), { readonly: true });
    try {
      return db.prepare('SELECT id FROM verdict WHERE quiet = 0').pluck().all() as string[];
    } finally {
      db.close();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.net.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function gone(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill(signal);
  await ended;
}

/** @throws when it does not come in time */
export async function waitFor(what: string, ready: () => boolean, ms = 30_000, everyMs = 20): Promise<void> {
  for (const end = performance.now() + ms; !ready(); ) {
    if (performance.now() > end) throw new Error(`waited ${ms / 1000} s for ${what}`);
    await sleep(everyMs);
  }
}

/** What a proof found: its figures in words, and whether they are what was asked for. */
export interface Outcome {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

export const skipped = (why: string): Outcome => ({ ok: true, lines: [`SKIPPED LOUDLY: ${why}`] });
