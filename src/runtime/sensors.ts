import type { Logger, WardwireError } from '../core/index.js';
import type { ToControl, ToSensor } from './messages.js';
import { SharedCounters } from './shared-counters.js';
import { SharedInventory } from './shared-inventory.js';
import { SharedLearned, SharedTraining } from './shared-learning.js';
import type { SensorSpec } from './spec.js';
import { type SensorSnapshot, Supervisor, type SupervisorEvents } from './supervisor.js';

/** Parts of the seed that differ from process to process: ids must not repeat. */
const SEED_STEP = 0x632be5ab;

/** Counts of one sensor process, for people. */
export interface SensorPart {
  readonly process: number;
  readonly up: boolean;
  readonly pid: number | null;
  readonly restarts: number;
  readonly packets: number;
}

/** The sensor processes of an interface as the control process sees them: what they tell is one sensor's, what is told goes to each. */
export class Sensors {
  readonly #parts: readonly Supervisor[];
  readonly #spec: () => SensorSpec;
  readonly #events: SupervisorEvents;
  readonly #counters: SharedCounters;
  readonly #inventory: SharedInventory;
  readonly #learned: SharedLearned;
  readonly #training: SharedTraining;
  /** Who doubts what, and the rung of each. */
  readonly #doubting = new Map<string, Set<number>>();
  readonly #rungs: number[];
  #joined: SensorSnapshot | null = null;

  /** As many processes as the settings say for live capture. `spec` is asked at every start: what is known by then. */
  constructor(
    first: SensorSpec,
    spec: () => SensorSpec,
    events: SupervisorEvents,
    logger: Logger,
    nowMs: () => number,
  ) {
    const of = first.source.kind === 'live' ? first.settings.capture.sensors : 1;
    const { fanout_servers: servers } = first.settings.capture;
    this.#spec = spec;
    this.#events = events;
    this.#rungs = new Array<number>(of).fill(0);
    this.#inventory = new SharedInventory(of, servers);
    this.#counters = new SharedCounters(of);
    this.#learned = new SharedLearned(
      of,
      (id) => this.#inventory.homeOfDevice(id),
      (m) => events.message({ t: 'learned', ...m }),
    );
    this.#training = new SharedTraining(
      () => first.settings.baseline.min_rows,
      (job) => events.message({ t: 'train', job }),
      (type, processes) => {
        for (const p of processes) this.#parts[p].send({ t: 'untrained', type });
      },
    );
    this.#parts = Array.from({ length: of }, (_, i) =>
      of === 1
        ? new Supervisor(spec, events, logger, nowMs)
        : new Supervisor(
            () => this.#specOf(i, of, servers),
            {
              message: (m) => this.#message(i, m),
              blind: (from, until, cause) => this.#blind(i, from, until, cause),
              fatal: (error: WardwireError) => events.fatal(error),
            },
            {
              log: (level, event, text, fields) =>
                logger.log(level, event, `${text} (process ${i + 1} of ${of})`, fields),
            },
            nowMs,
          ),
    );
  }

  get up(): boolean {
    return this.#parts.every((p) => p.up);
  }

  get restarts(): number {
    return this.#parts.reduce((n, p) => n + p.restarts, 0);
  }

  /** The slowest heart. */
  get beats(): number {
    return Math.min(...this.#parts.map((p) => p.beats));
  }

  get pid(): number | undefined {
    return this.#parts[0].pid;
  }

  get parts(): SensorPart[] {
    return this.#parts.map((p, i) => ({
      process: i + 1,
      up: p.up,
      pid: p.pid ?? null,
      restarts: p.restarts,
      packets: p.snapshot.stats.delivered,
    }));
  }

  get snapshot(): SensorSnapshot {
    if (this.#parts.length === 1) return this.#parts[0].snapshot;
    this.#joined ??= this.#counters.join(this.#parts, this.#inventory);
    return this.#joined;
  }

  prepare(): void {
    for (const p of this.#parts) p.prepare();
  }

  start(): void {
    for (const p of this.#parts) p.start();
  }

  send(m: ToSensor): void {
    for (const p of this.#parts) p.send(m);
  }

  async stop(deadlineMs: number): Promise<void> {
    await Promise.all(this.#parts.map((p) => p.stop(deadlineMs)));
    this.#learned.flush();
  }

  /** Everything everybody knows, and of open incidents those about devices of its own. Evidence has one writer a folder. */
  #specOf(index: number, of: number, servers: readonly string[]): SensorSpec {
    const spec = this.#spec();
    this.#inventory.remember(spec.devices);
    return {
      ...spec,
      share: { index, of, servers },
      seed: (spec.seed + index * SEED_STEP) | 0,
      openIncidents: spec.openIncidents.filter((o) => this.#inventory.homeOfDevice(o.verdict.device.id) === index),
    };
  }

  #message(i: number, m: ToControl): void {
    switch (m.t) {
      case 'counters':
        this.#joined = null;
        break;
      case 'up':
        if (!this.up) return;
        break;
      case 'inventory':
        return this.#events.message({ ...m, changes: this.#hear(i, m.changes) });
      case 'train':
        return this.#training.take(i, m.job);
      case 'learned':
        return this.#learned.take(i, m);
      case 'overload':
        this.#rungs[i] = m.rung;
        return this.#events.message({ ...m, rung: Math.max(...this.#rungs) });
      case 'doubts':
        return this.#doubts(i, m);
      default:
    }
    this.#events.message(m);
  }

  /** What a process says of its devices; the others hear what they need to judge a peer. */
  #hear(i: number, told: Extract<ToControl, { t: 'inventory' }>['changes']): typeof told {
    const changes = this.#inventory.take(i, told);
    if (changes.devices.length > 0) {
      const peers = changes.devices.map(({ id, type, typeConfidence, patientConnected }) => ({
        id,
        type,
        typeConfidence,
        patientConnected: patientConnected === true,
      }));
      this.#parts.forEach((p, other) => {
        if (other !== i) p.send({ t: 'peers', peers });
      });
    }
    return changes;
  }

  /** A doubt is over when nobody has it any more. */
  #doubts(i: number, m: Extract<ToControl, { t: 'doubts' }>): void {
    const words = m.words.filter((w) => {
      const who = this.#doubting.get(w.doubt) ?? new Set<number>();
      this.#doubting.set(w.doubt, who);
      if (w.on) {
        who.add(i);
        return true;
      }
      who.delete(i);
      return who.size === 0;
    });
    if (words.length > 0) this.#events.message({ t: 'doubts', words });
  }

  #blind(i: number, fromMs: number, untilMs: number, cause: string): void {
    for (const who of this.#doubting.values()) who.delete(i);
    this.#rungs[i] = 0;
    const of = this.#parts.length;
    this.#events.blind(
      fromMs,
      untilMs,
      `${cause}; it is process ${i + 1} of ${of}, the devices of the others were seen`,
    );
  }
}
