import { type ChildProcess, fork } from 'node:child_process';
import {
  type CounterDef,
  ExitCode,
  type Figures,
  type Logger,
  type Problem,
  type SourceStats,
  takeFigures,
  WardwireError,
} from '../core/index.js';
import { monotonicMs } from './clock.js';
import type { ToControl, ToSensor } from './messages.js';
import { SENSOR_ARGUMENT, SENSOR_FLAGS } from './sensor.js';
import { ZERO_STATS } from './sensor-process.js';
import type { SensorSpec } from './spec.js';

const RESTART_MIN_MS = 50;
/** Also one that dies again and again is back within a second: each start takes about a third of one. */
const RESTART_MAX_MS = 500;
/** A sensor that ran this long is healthy again: the next restart is quick. */
const HEALTHY_MS = 60_000;
/** After a start the machine has other things to do than to prepare the next one, ms. */
const SPARE_AFTER_MS = 300;
/** Counters come every second; a sensor that is silent for this long hangs and is started anew. */
const HANG_MS = 10_000;

export interface SupervisorEvents {
  message(m: ToControl): void;
  /** The sensor died and nothing was seen between these wall times (ms since 1970). */
  blind(fromMs: number, untilMs: number, cause: string): void;
  /** The sensor cannot start for a reason that a restart will not cure. */
  fatal(error: WardwireError): void;
}

/** Snapshot of the sensor's counters, as last sent. Counters of a dead sensor are kept as a base, so totals never fall. */
export interface SensorSnapshot {
  defs: CounterDef[];
  values: Float64Array;
  base: Float64Array;
  stats: SourceStats;
  weirds: Record<string, number>;
  devicesByType: Record<string, number>;
  figures: Figures;
}

/**
 * Keeps one sensor process alive: restarts it within a second, tells how long it was blind. A second process waits with its program
 * loaded and nothing else, so that the blind time is not that of a start on a machine in trouble.
 */
export class Supervisor {
  readonly snapshot: SensorSnapshot = {
    defs: [],
    values: new Float64Array(0),
    base: new Float64Array(0),
    stats: { ...ZERO_STATS },
    weirds: {},
    devicesByType: {},
    figures: { devices: new Map(), links: new Map() },
  };
  restarts = 0;
  /** Snapshots taken from sensors so far: a heartbeat. */
  beats = 0;
  #lastBeatMs = 0;
  #hangs: NodeJS.Timeout | null = null;
  #child: ChildProcess | null = null;
  /** Forked and not told to start. */
  #spare: ChildProcess | null = null;
  #stopping = false;
  #delayMs = RESTART_MIN_MS;
  #startedMs = 0;
  #blindFromMs = 0;
  #lastCause = '';
  #up = false;
  #ended: (() => void) | null = null;

  /** `spec` is asked at every start: a sensor that comes back knows what was learned since. */
  constructor(
    private readonly spec: () => SensorSpec,
    private readonly events: SupervisorEvents,
    private readonly logger: Logger,
    private readonly nowMs: () => number,
  ) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get up(): boolean {
    return this.#up;
  }

  start(): void {
    this.#startedMs = this.nowMs();
    const child = this.#spare ?? this.#fork();
    this.#spare = null;
    this.#child = child;
    this.#hangs ??= setInterval(() => this.#endHung(), 1000).unref();
    this.send({ t: 'start', spec: this.spec() });
  }

  /** Has a process load the program while others still make themselves ready: the first start is then as quick as the next ones. */
  prepare(): void {
    if (!this.#stopping) this.#spare ??= this.#fork();
  }

  #fork(): ChildProcess {
    // advanced serialisation: typed arrays cross as they are
    const child = fork(new URL('../main.js', import.meta.url), [SENSOR_ARGUMENT], {
      serialization: 'advanced',
      stdio: 'inherit',
      execArgv: [...process.execArgv, ...SENSOR_FLAGS],
      // where secrets lie is none of the business of who parses hostile bytes
      env: { ...process.env, CREDENTIALS_DIRECTORY: undefined },
    });
    child.on('message', (m) => {
      if (child === this.#child) this.#message(m as ToControl);
    });
    child.on('exit', (code, signal) => this.#exited(child, code, signal));
    child.on('error', (error) => this.logger.log('error', 'sensor.process', `sensor process: ${error.message}`));
    return child;
  }

  /** Has a process wait for the next start, once the one at work is through its own. */
  #prepareLater(): void {
    setTimeout(() => {
      if (this.#up) this.prepare();
    }, SPARE_AFTER_MS).unref();
  }

  send(m: ToSensor): void {
    if (this.#child?.connected) this.#child.send(m);
  }

  /** Asks the sensor to drain; kills it after `deadlineMs`. Twice is harmless. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#hangs) clearInterval(this.#hangs);
    this.#spare?.kill('SIGKILL');
    const child = this.#child;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    this.send({ t: 'stop' });
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await Promise.race([ended, gone]);
    child.disconnect();
    await gone;
    clearTimeout(timer);
  }

  #message(m: ToControl): void {
    if (m.t === 'counters') {
      this.beats++;
      this.#lastBeatMs = monotonicMs();
      const s = this.snapshot;
      if (m.defs !== null) s.defs = [...m.defs];
      s.values = m.values;
      s.stats = m.stats;
      s.weirds = m.weirds;
      s.devicesByType = m.devicesByType;
      takeFigures(s.figures, m.figures);
    } else if (m.t === 'up') {
      this.#up = true;
      this.#lastBeatMs = monotonicMs();
      this.#prepareLater();
      if (this.#blindFromMs > 0) {
        this.events.blind(this.#blindFromMs, this.nowMs(), this.#lastCause);
        this.#blindFromMs = 0;
      }
    } else if (m.t === 'failed') {
      this.#lastCause = m.text;
      if (!this.#retryable(m.code)) {
        this.#stopping = true;
        this.events.fatal(new WardwireError(m.code as WardwireError['code'], m.text, m.problems as Problem[]));
        return;
      }
    } else if (m.t === 'ended') this.#ended?.();
    this.events.message(m);
  }

  /** After a first good start an interface may come back; before that it is the operator's mistake. */
  #retryable(code: string): boolean {
    return code === 'internal' || (this.#blindFromMs > 0 && (code === 'interface' || code === 'outside'));
  }

  #exited(child: ChildProcess, code: number | null, signal: string | null): void {
    if (child === this.#spare) {
      this.#spare = null;
      this.#prepareLater();
    }
    if (child !== this.#child) return;
    this.#child = null;
    const wasUp = this.#up;
    this.#up = false;
    if (this.#stopping) return;
    const now = this.nowMs();
    const cause = signal
      ? `ended by ${signal}`
      : code === ExitCode.Internal
        ? `internal error: ${this.#lastCause}`
        : `exit ${code}`;
    if (wasUp || this.#blindFromMs === 0) this.#blindFromMs = now;
    this.#lastCause = cause;
    this.#keepTotals();
    this.restarts++;
    if (now - this.#startedMs > HEALTHY_MS) this.#delayMs = RESTART_MIN_MS;
    this.logger.log('error', 'sensor.died', `sensor process ${cause}; restarting in ${this.#delayMs} ms`, {
      restarts: this.restarts,
    });
    setTimeout(() => {
      if (!this.#stopping) this.start();
    }, this.#delayMs);
    this.#delayMs = Math.min(RESTART_MAX_MS, this.#delayMs * 2);
  }

  #endHung(): void {
    const silentMs = monotonicMs() - this.#lastBeatMs;
    if (!this.#up || this.#stopping || silentMs < HANG_MS) return;
    this.logger.log(
      'error',
      'sensor.hung',
      `the sensor process has said nothing for ${Math.round(silentMs / 1000)} s: it is ended`,
    );
    this.#lastBeatMs = monotonicMs();
    this.#child?.kill('SIGKILL');
  }

  #keepTotals(): void {
    const s = this.snapshot;
    const base = new Float64Array(s.defs.length);
    for (let i = 0; i < base.length; i++) {
      if (s.defs[i].type !== 'gauge') base[i] = (s.base[i] ?? 0) + (s.values[i] ?? 0);
    }
    s.base = base;
    s.values = new Float64Array(s.defs.length);
  }
}
