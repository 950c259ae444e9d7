import type { Logger } from '../core/index.js';
import type { Metrics, ServiceManager } from '../ops/index.js';
import { Progress } from './progress.js';
import type { Sensors } from './sensors.js';

const TICK_MS = 1000;
/** A thread that stands still for this long is said, whoever watches, ms. */
const STALL_MS = 10_000;

export interface WatchdogOptions {
  readonly supervisor: Sensors;
  /** Worker threads by name. */
  readonly threads: Readonly<Record<string, { readonly beats: number | null }>>;
  readonly manager: ServiceManager;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Wall time, ms since 1970. */
  readonly nowMs: () => number;
  /** How many devices are known. */
  readonly devices: () => number;
}

/** Looks at the heartbeats and tells the service manager of progress only while every thread and process moves. */
export class Watchdog {
  readonly #o: WatchdogOptions;
  readonly #progress: Progress;
  readonly #timer: NodeJS.Timeout;
  readonly #limitMs: number;
  #said = '';

  constructor(o: WatchdogOptions) {
    this.#o = o;
    this.#limitMs = Math.min(STALL_MS, (o.manager.watchdogMs ?? Number.POSITIVE_INFINITY) / 2);
    this.#progress = new Progress(o.nowMs);
    // this very timer is the sign of life of the thread it runs in
    this.#progress.watch('control', o.nowMs);
    this.#progress.watch('sensor', () => (o.supervisor.up ? o.supervisor.beats : null));
    for (const [name, thread] of Object.entries(o.threads)) this.#progress.watch(name, () => thread.beats);
    o.metrics.watchProgress(() => this.#progress.last());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** When each thread and process moved last, ms. */
  last(): [name: string, ms: number][] {
    return this.#progress.last();
  }

  /** One line for people who ask the service manager. */
  status(): string {
    const { supervisor, devices } = this.#o;
    if (!supervisor.up) return 'the sensor is not capturing';
    const { delivered, droppedKernel } = supervisor.snapshot.stats;
    const dropped = droppedKernel < 0 ? '' : `, ${droppedKernel} dropped`;
    return `capturing: ${delivered} packets${dropped}, ${devices()} devices`;
  }

  #tick(): void {
    const { manager, logger } = this.#o;
    this.#progress.tick();
    const stalled = this.#progress.stalled(this.#limitMs).join(', ');
    if (stalled === '') manager.alive(this.status());
    if (stalled === this.#said) return;
    this.#said = stalled;
    if (stalled === '') logger.log('notice', 'thread.moves', 'every thread moves again');
    else logger.log('error', 'thread.stalled', `no progress: ${stalled}`, { threads: stalled });
  }
}
