import { setTimeout as sleep } from 'node:timers/promises';
import type { BaselineOrder } from '../baseline/index.js';
import { clockSteps, eventUs, hasPriorities, monotonicUs, openFiles, openLive } from '../capture/index.js';
import { exitCodeOf, type PacketSource, type SourceStats, WardwireError } from '../core/index.js';
import { applyRung, Ladder, LOOK_MS, Rate } from './ladder.js';
import { Loss } from './loss.js';
import type { ToControl, ToSensor } from './messages.js';
import type { TypeModel } from './model-file.js';
import { Pipeline } from './pipeline.js';
import { Sentry } from './sentry.js';
import type { SensorSpec } from './spec.js';
import { changesInWallTime, draftInWallTime } from './wall-time.js';

const SNAPSHOT_MS = 1000;
/** Snapshots between two hand-overs of what inventory learned, and how many devices go at once. */
const INVENTORY_EVERY = 5;
/** Devices and conversations told at once, and the pause to the next: neither process may stand still over thousands. */
const CHANGES_AT_ONCE = 64;
const CHANGES_PAUSE_MS = 5;
/** Snapshots between two looks at who moves bulk data. */
const LANES_EVERY = 10;
/** On an idle live line event time follows the wall clock at this distance, so that late packets are not overtaken. */
const IDLE_LAG_US = 200_000;
/** Characters of the learned state that are told at once; time given to it between packets, µs, and the pause after, ms. */
const LEARNED_PIECE = 1 << 16;
const LEARNED_STEP_US = 300;
const LEARNED_PAUSE_MS = 2;

/** Entry of the forked sensor process: parses hostile bytes, holds no keys but the token key, talks only over IPC. */
export class SensorProcess {
  #pipeline: Pipeline | null = null;
  #source: PacketSource | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looks: NodeJS.Timeout | null = null;
  #ladder: Ladder | null = null;
  #sentDefs = 0;
  readonly #loss = new Loss();
  /** Looks whether the sensor still sees; null when it reads files. */
  #sentry: Sentry | null = null;
  #snapshots = 0;
  #stopping = false;
  #telling = false;
  /** Orders that wait for a pipeline, and those that are done but not in a state that was told. */
  readonly #waiting: BaselineOrder[] = [];
  readonly #done: string[] = [];
  #saving = false;
  #saveAgain = false;

  constructor(readonly send: (m: ToControl) => void) {}

  async take(message: ToSensor): Promise<void> {
    switch (message.t) {
      case 'start':
        return this.#start(message.spec);
      case 'model':
        if (this.#pipeline) this.#model(this.#pipeline, message.model);
        return;
      case 'orders':
        if (this.#pipeline) this.#orders(this.#pipeline, message.orders);
        return;
      case 'operator':
        this.#pipeline?.inventory.operator(message.words);
        return;
      case 'taught':
        this.#pipeline?.baseline.teach(message.taught);
        return;
      case 'settings':
        this.#pipeline?.reload(message.settings, message.site);
        return;
      case 'untrained':
        this.#pipeline?.untrained(message.type);
        return;
      case 'peers':
        this.#pipeline?.inventory.peers(message.peers);
        return;
      case 'save':
        return this.#save();
      case 'stop':
        return this.#stop();
    }
  }

  async #start(spec: SensorSpec): Promise<void> {
    const pipeline = new Pipeline(spec, {
      verdict: (draft) => this.send({ t: 'verdict', draft: draftInWallTime(draft, this.#shiftUs()) }),
      train: (job) => this.send({ t: 'train', job }),
      coverage: () => this.#coverage(),
      trouble: (event, text) => this.send({ t: 'trouble', event, text }),
    });
    this.#pipeline = pipeline;
    if (spec.learned !== '') pipeline.baseline.importState(spec.learned);
    for (const model of spec.models) this.#model(pipeline, model);
    for (const order of spec.orders) this.#waiting.push(order);
    const source = openSource(spec, pipeline);
    this.#source = source;
    await source.start(pipeline, (notice) => this.send({ t: 'notice', notice }));
    const live = spec.source.kind === 'live';
    this.#timer = setInterval(() => {
      if (live) pipeline.advance(eventUs() - IDLE_LAG_US);
      this.#snapshot();
    }, SNAPSHOT_MS);
    if (live) this.#sentry = new Sentry(spec.settings.trust, pipeline, source);
    if (hasPriorities(source)) {
      const ladder = new Ladder(spec.settings.capture);
      this.#ladder = ladder;
      const rate = new Rate();
      const received = (): number => source.stats().received;
      this.#looks = setInterval(() => {
        const lagUs = source.leastLagUs();
        const nowUs = monotonicUs();
        if (!ladder.look(lagUs, nowUs, rate.at(received, nowUs))) return;
        applyRung(ladder.rung, pipeline, source);
        this.send({ t: 'overload', rung: ladder.rung, lagMs: lagUs / 1000 });
      }, LOOK_MS);
    }
    this.send({ t: 'up' });
    if (spec.orders.length > 0) this.#orders(pipeline, []);
    await source.done;
    if (!this.#stopping) {
      pipeline.finish();
      await pipeline.close();
      this.#snapshot();
      while (this.#changes(pipeline, CHANGES_AT_ONCE));
      this.send({ t: 'ended' });
    }
  }

  #snapshot(): void {
    const p = this.#pipeline;
    if (p === null || this.#source === null) return;
    const { defs, values } = p.counters;
    const grew = defs.length !== this.#sentDefs;
    this.#sentDefs = defs.length;
    const weirds: Record<string, number> = {};
    p.weirds.defs.forEach((d, i) => {
      weirds[d.id] = p.weirds.counts[i];
    });
    const source = this.#source;
    if (this.#snapshots++ % LANES_EVERY === 0 && hasPriorities(source)) applyRung(this.#ladder?.rung ?? 0, p, source);
    if (this.#snapshots % INVENTORY_EVERY === 1) void this.#inventory(p);
    const stats = source.stats();
    this.#loss.note(stats);
    const doubts = this.#sentry?.look(stats, this.#ladder?.rung) ?? [];
    if (doubts.length > 0) this.send({ t: 'doubts', words: doubts });
    this.send({
      t: 'counters',
      defs: grew ? defs : null,
      values: values.slice(0, defs.length),
      stats,
      weirds,
      devicesByType: p.inventory.countByType(),
      figures: p.figures.take(),
    });
  }

  /** A model that does not fit this program leaves its type without one: it is learned again, and rules go on. */
  #model(p: Pipeline, model: TypeModel): void {
    try {
      p.setModel(model);
    } catch (error) {
      if (!(error instanceof WardwireError)) throw error;
      this.send({ t: 'refused', text: error.message });
    }
  }

  #orders(p: Pipeline, orders: readonly BaselineOrder[]): void {
    this.#waiting.push(...orders);
    this.#done.push(...this.#obey(p));
    void this.#save();
  }

  /** Does what was ordered and is not done yet; answers the names of the orders. */
  #obey(p: Pipeline): string[] {
    return this.#waiting.splice(0).map((order) => {
      p.baseline.order(order, p.nowUs);
      return order.id;
    });
  }

  /** Tells the learned state in pieces between packets, so that none waits for more than one piece. */
  async #save(): Promise<void> {
    const p = this.#pipeline;
    if (p === null || this.#stopping) return;
    if (this.#saving) {
      this.#saveAgain = true;
      return;
    }
    this.#saving = true;
    const done = this.#done.splice(0);
    let first = true;
    let text = '';
    let sinceUs = monotonicUs();
    for (const piece of p.baseline.exportSlices()) {
      text += piece;
      if (text.length > LEARNED_PIECE) {
        this.send({ t: 'learned', text, first, last: false, done: [] });
        first = false;
        text = '';
      }
      if (monotonicUs() - sinceUs < LEARNED_STEP_US) continue;
      await sleep(LEARNED_PAUSE_MS);
      sinceUs = monotonicUs();
      // what is left of it is told by the stop itself
      if (this.#stopping) {
        this.#done.push(...done);
        return;
      }
    }
    this.send({ t: 'learned', text, first, last: true, done });
    this.#saving = false;
    if (!this.#saveAgain) return;
    this.#saveAgain = false;
    await this.#save();
  }

  /** Tells what is new of devices, a few at a time. */
  async #inventory(p: Pipeline): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    while (this.#changes(p, CHANGES_AT_ONCE) && !this.#stopping) await sleep(CHANGES_PAUSE_MS);
    this.#telling = false;
  }

  /** Answers whether there may be more. */
  #changes(p: Pipeline, max: number): boolean {
    const changes = changesInWallTime(p.inventory.changes(p.nowUs, max), this.#shiftUs());
    const { devices, conversations, gone } = changes;
    if (devices.length + gone.length + conversations.length > 0) this.send({ t: 'inventory', changes });
    return devices.length === max || conversations.length === max;
  }

  #coverage(): { drops: number; blind: boolean } {
    const { drops, blind } = this.#loss.coverage();
    return { drops, blind: blind || this.#sentry?.blind === true };
  }

  /** Event time less wall time: what steps of the clock took away, µs. */
  #shiftUs(): number {
    return this.#sentry === null ? 0 : clockSteps().shiftUs;
  }

  async #stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#timer) clearInterval(this.#timer);
    if (this.#looks) clearInterval(this.#looks);
    await this.#source?.stop();
    const p = this.#pipeline;
    if (p) {
      // the next start takes open incidents up under their ids
      p.finish('leave');
      await p.close();
      this.#snapshot();
      while (this.#changes(p, CHANGES_AT_ONCE));
      this.#done.push(...this.#obey(p));
      this.send({ t: 'learned', text: p.baseline.exportState(), first: true, last: true, done: this.#done });
    }
    this.send({ t: 'ended' });
  }
}

/** The packet source a spec names. */
export function openSource(spec: SensorSpec, pipeline: Pipeline): PacketSource {
  const { counters, weirds } = pipeline;
  const settings = spec.settings.capture;
  return spec.source.kind === 'live'
    ? openLive({ interface: spec.source.interface, settings, counters, weirds, share: spec.share })
    : openFiles(spec.source.files, {
        speed: spec.source.speed,
        follow: spec.source.follow ?? false,
        settings,
        counters,
        weirds,
      });
}

export const ZERO_STATS: SourceStats = {
  delivered: 0,
  octets: 0,
  received: -1,
  droppedKernel: -1,
  droppedInterface: -1,
  lastUs: 0,
  bytesRead: 0,
  bytesTotal: -1,
};

/** Wires a forked process to its parent; returns when the channel closes. `exit` ends the process. */
export function runSensorProcess(exit: (code: number) => void): void {
  const send = (m: ToControl): void => {
    if (process.connected) process.send?.(m);
  };
  const sensor = new SensorProcess(send);
  const fail = (error: unknown): void => {
    const e = error instanceof WardwireError ? error : null;
    const text = error instanceof Error ? (e ? e.message : (error.stack ?? error.message)) : 'unknown error';
    send({ t: 'failed', code: e?.code ?? 'internal', text, problems: e?.problems ?? [] });
    // let the channel flush before the process ends
    setTimeout(() => exit(exitCodeOf(error)), 50);
  };
  process.on('message', (m) => {
    sensor.take(m as ToSensor).catch(fail);
  });
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // the control process decides when to stop: a Ctrl-C in the terminal reaches both
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('SIGHUP', () => undefined);
  // without a listener of ours this one opens a debugger's port
  process.on('SIGUSR1', () => undefined);
  process.on('disconnect', () => exit(0));
}
