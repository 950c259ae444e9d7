import {
  type AppEvent,
  type FeatureRow,
  hashString,
  type Learned,
  type LearnedSet,
  Novelty,
  type Taught,
} from '../core/index.js';
import { Blend } from './blend.js';
import { Drift } from './drift.js';
import { Habits } from './habits.js';
import { History } from './history.js';
import { Journal } from './journal.js';
import { Added, LearnedTable } from './learned-table.js';
import { LifeCycle } from './life-cycle.js';
import type { BaselineOptions } from './options.js';
import type { BaselineOrder } from './orders.js';
import { Doubt, Life, Owners } from './owners.js';
import { differences, type TypePrior } from './prior.js';
import { makeJob, type RowJob } from './row-job.js';
import { RowReservoir } from './rows.js';
import { TaughtKeys } from './taught.js';
import { exportSlices, importDevices } from './transfer.js';

export { asDeviceShows, asTypeShows } from './blend.js';
export type { DriftAdvice } from './drift.js';
export { historyMedians } from './history.js';
export { needRows } from './life-cycle.js';
export type { BaselineOptions } from './options.js';
export { type BaselineOrder, ORDERS } from './orders.js';
export { DOUBT_NAMES, type LifeName } from './owners.js';
export { type Prepared, prepareRows } from './prepare.js';
export { type Difference, differences, mergePriors, type TypePrior } from './prior.js';
export { parseProfile } from './profiles.js';
export type { RowJob } from './row-job.js';
export { type BaselineSettings, baselineSettings } from './settings.js';
export { quantile } from './sketch.js';
export { type DeviceState, LEARNED_SCHEMA, readState } from './state.js';

const WEEK_S = 604_800;
const CELLS_A_TICK = 8192;
const TRY_AGAIN_US = 60e6;
/** A prior of one device only says nothing about another. */
const LEAST_DEVICES = 2;

export function createBaseline(options: BaselineOptions): Baseline {
  return new Baseline(options);
}

/** What devices have been seen to do while they were learning, and the rows models are trained from. Event time only. */
export class Baseline implements Learned {
  readonly #o: BaselineOptions;
  readonly #table: LearnedTable;
  readonly #journal = new Journal();
  readonly #owners: Owners;
  readonly #taught: TaughtKeys;
  readonly #life: LifeCycle;
  readonly #history: History;
  readonly #blend: Blend;
  readonly #drift: Drift;
  readonly #habits: Habits | null;
  readonly #rows = new Map<string, RowReservoir>();
  readonly #priors = new Map<string, TypePrior>();
  /** Types to train although they have a model, and when a type may be tried again. */
  readonly #retrain = new Set<string>();
  readonly #notBeforeUs = new Map<string, number>();
  /** By owner: features in which it differs from its type; gap counts and type of a former run until it is seen. */
  readonly #unlike = new Map<number, readonly string[]>();
  readonly #gaps = new Map<number, readonly number[]>();
  readonly #types = new Map<number, string>();
  readonly #learningUs: number;
  #swept = 0;
  readonly #quarantined: number;
  readonly #full: number;
  readonly #collected: number;
  readonly #aged: number;

  constructor(options: BaselineOptions) {
    this.#o = options;
    const { settings, counters, seed, schema } = options;
    this.#table = new LearnedTable(settings.set_entries_total, settings.set_entries_device, seed);
    this.#owners = new Owners(options.directory, (owner, device) => {
      const gaps = this.#gaps.get(owner);
      if (gaps === undefined) return;
      options.gaps?.restoreGaps(device, gaps);
      this.#gaps.delete(owner);
    });
    this.#taught = new TaughtKeys((id) => this.#owners.find(id));
    this.#life = new LifeCycle(settings, this.#owners, (owner) => this.#judge(owner), counters);
    this.#history = new History(schema);
    this.#blend = new Blend(schema, settings.blend_rows);
    this.#drift = new Drift(settings, schema);
    this.#habits = options.columns === undefined ? null : new Habits(this, options.columns, seed);
    this.#learningUs = settings.learning_s * 1e6;
    this.#full = counters.define(
      'counter',
      'wardwire_learned_refused_total',
      'Things not learned because a learned set was full; such a set judges nothing new.',
    );
    this.#quarantined = counters.define(
      'counter',
      'wardwire_training_rows_quarantined_total',
      'Feature rows not learned from because a rule had named their device, or the operator froze it.',
    );
    this.#collected = counters.define('counter', 'wardwire_training_rows_total', 'Feature rows offered for training.');
    this.#aged = counters.define('counter', 'wardwire_learned_aged_total', 'Learned entries forgotten for their age.');
  }

  learning(device: number, tsUs: number): boolean {
    return device >= 0 && this.#life.learning(this.#owner(device, tsUs), tsUs);
  }

  observe(set: LearnedSet, device: number, key: number, tsUs: number): Novelty {
    if (device < 0) return Novelty.Known;
    const owner = this.#owner(device, tsUs);
    const sec = Math.floor(tsUs / 1e6);
    if (this.#table.touch(set, owner, key, sec)) return Novelty.Known;
    if (!this.#life.learning(owner, tsUs)) {
      if (this.#taught.has(set, owner, key)) return Novelty.Known;
      // a set that overflowed while learning does not know what it forgot
      return this.#table.full(set, owner) ? Novelty.Known : Novelty.New;
    }
    // neither learned nor told: what a suspect does must stay new for afterwards
    if (this.#life.held(owner, tsUs)) return Novelty.Learned;
    if (this.#table.add(set, owner, key, sec) === Added.Full) {
      this.#o.counters.values[this.#full]++;
      return Novelty.Known;
    }
    this.#journal.note(set, owner, key, sec);
    return Novelty.Learned;
  }

  knows(set: LearnedSet, device: number, key: number): boolean {
    if (device < 0) return false;
    const owner = this.#owner(device, this.#o.directory.lastUs(device));
    return this.#table.has(set, owner, key) || this.#taught.has(set, owner, key);
  }

  size(set: LearnedSet, device: number): number {
    return device < 0 ? 0 : this.#table.size(set, this.#owner(device, this.#o.directory.lastUs(device)));
  }

  /** Everything the operator called normal, in place of what he said before. Rows once given stay until the next start. */
  teach(taught: readonly Taught[]): void {
    for (const row of this.#taught.replace(taught, this.#o.schema.id)) {
      const values = Float64Array.from(row.values, (v) => v ?? Number.NaN);
      this.#reservoir(row.type).add(this.#owners.find(row.device) ?? -1, values, row.tsUs);
    }
  }

  event(ev: AppEvent): void {
    this.#habits?.event(ev);
  }
  flowOpened(slot: number, tsUs: number): void {
    this.#habits?.flowOpened(slot, tsUs);
  }
  flowClosed(slot: number, tsUs: number): void {
    this.#habits?.flowClosed(slot, tsUs);
  }

  /** End of a device's learning period, µs of event time; NaN when it was never asked about. */
  learnedAt(id: string): number {
    const owner = this.#owners.find(id);
    return owner === undefined ? Number.NaN : this.#owners.learnedUs[owner];
  }

  /**
   * A rule named this device: what it does now and for a while is nothing to learn from, nor what it learned just before.
   * `own` false: it is the other end of what the rule saw; nothing speaks against the device itself.
   */
  suspect(device: number, tsUs: number, own = true): void {
    if (device < 0) return;
    const owner = this.#owner(device, tsUs);
    const learning = this.#life.learning(owner, tsUs);
    if (learning && own) this.#owners.hits[owner]++;
    if (!learning && !own) return;
    if (!this.#life.hold(owner, tsUs, this.#o.settings.quarantine_s * 1e6) || !learning) return;
    const sinceUs = tsUs - this.#o.settings.quarantine_back_s * 1e6;
    this.#journal.takeBack(owner, Math.floor(sinceUs / 1e6), (set, key) => this.#table.remove(set, owner, key));
    const dropped = this.#rows.get(this.#typeOf(owner))?.drop(owner, sinceUs) ?? 0;
    this.#owners.rows[owner] -= Math.min(dropped, this.#owners.rows[owner]);
    this.#o.counters.values[this.#quarantined] += dropped;
  }

  /** True while nothing is learned from a device: it is frozen, or a rule has named it of late. */
  doubtful = (device: number, tsUs: number): boolean => this.#life.held(this.#owner(device, tsUs), tsUs);

  /**
   * Offers a lent row for training; kept (copied) while its device is learning and not suspect. `always`: its type has no
   * model, so rows of devices that have learned are taken as well.
   */
  collect(row: FeatureRow, always = false): void {
    if (row.schemaId !== this.#o.schema.id || row.device < 0) return;
    const owner = this.#owner(row.device, row.tsUs);
    const learning = this.#life.learning(owner, row.tsUs);
    if (!learning && !always) return;
    if (this.#life.held(owner, row.tsUs)) {
      this.#o.counters.values[this.#quarantined]++;
      return;
    }
    const profile = this.#o.profiles[this.#o.directory.profileOf(row.device)];
    if (profile === undefined) return;
    if (learning) this.#history.add(owner, row.values, this.#owners.rows[owner]++);
    this.#reservoir(profile.type).add(owner, row.values, row.tsUs);
    this.#o.counters.values[this.#collected]++;
  }

  /** A row of a device that another sensor process judges: its learning goes on here as it does there, nothing is kept of it. */
  passed = (device: number, tsUs: number): void => this.#life.passed(this.#owner(device, tsUs), tsUs);

  /** A row as its device type would see it, LENT: see `blend.ts`. The row itself while there is nothing to blend. */
  asType(row: FeatureRow, type: string): FeatureRow {
    const owner = this.#owner(row.device, row.tsUs);
    const medians = this.#history.medians(owner);
    return medians === null ? row : this.#blend.row(row, type, medians, this.#owners.rows[owner]);
  }

  /** A value of the type's scale as this device would show it: for explanations. */
  asDevice(row: FeatureRow, type: string, feature: number, x: number): number {
    const owner = this.#owner(row.device, row.tsUs);
    const medians = this.#history.medians(owner);
    return medians === null ? x : this.#blend.value(type, medians, this.#owners.rows[owner], feature, x);
  }

  /** By how much the features of a device are moved towards its type, those that are. */
  shifts(device: number, tsUs: number, type: string): [feature: number, shift: number][] {
    const owner = this.#owner(device, tsUs);
    const medians = this.#history.medians(owner);
    return medians === null ? [] : this.#blend.shifts(type, medians, this.#owners.rows[owner]);
  }

  /** A scored row, for the comparison with what was learned. */
  watch(row: FeatureRow, type: string): void {
    const owner = this.#owner(row.device, row.tsUs);
    if (this.#life.held(owner, row.tsUs) || this.#life.learning(owner, row.tsUs)) return;
    const advice = this.#drift.add(type, row.values, row.tsUs);
    if (advice !== null) this.#o.advice?.(advice);
  }

  /** What a type was like when its model was trained. */
  setPrior(prior: TypePrior): void {
    this.#priors.set(prior.type, prior);
    this.#blend.set(prior);
    this.#drift.watch(prior);
  }

  /** Types with rows enough, one of whose devices may be learned from; `wanted` is asked first. */
  trainable(nowUs: number, wanted: (type: string) => boolean = () => true): string[] {
    const out: string[] = [];
    for (const [type, rows] of this.#rows) {
      if (rows.count < this.#o.settings.min_rows || (!wanted(type) && !this.#retrain.has(type))) continue;
      if (nowUs < (this.#notBeforeUs.get(type) ?? 0)) continue;
      let ready = false;
      for (const owner of rows.owners()) {
        // what the operator taught has no device of its own any more
        ready ||= owner >= 0 && !this.#life.learning(owner, nowUs) && this.#may(owner);
        if (ready) break;
      }
      if (ready) out.push(type);
    }
    return out;
  }

  /** Types that have any rows. */
  collectedTypes = (): string[] => [...this.#rows.keys()].sort();

  /** A copy of a type's rows for the training worker; `all`: also of devices nobody approved or that differ. */
  job(type: string, nowUs = 0, all = true): RowJob {
    const width = this.#o.schema.features.length;
    const r = this.#rows.get(type);
    this.#retrain.delete(type);
    this.#notBeforeUs.set(type, nowUs + TRY_AGAIN_US);
    return makeJob(r ?? null, width, (owner) => all || this.#may(owner), this.#history, this.#owners);
  }

  /** Ends the learning period of every device that still learns. */
  finishLearning(nowUs: number): void {
    const { ids, life } = this.#owners;
    for (let i = 0; i < ids.length; i++) if (life[i] === Life.Learning) this.#life.review(i, nowUs);
  }

  /** Event time moves: reviews end, old entries leave. */
  tick(nowUs: number): void {
    this.#life.tick(nowUs);
    const weeks = this.#o.settings.ageing_weeks;
    if (weeks === 0) return;
    const before = Math.floor(nowUs / 1e6 - weeks * WEEK_S);
    if (before <= 0) return;
    const { frozen, lastUs } = this.#owners;
    // a device that was away itself comes back with everything it knew
    const keep = (owner: number): boolean => frozen[owner] === 1 || lastUs[owner] < before * 1e6;
    this.#o.counters.values[this.#aged] += this.#table.sweep(this.#swept, CELLS_A_TICK, before, keep);
    this.#swept = (this.#swept + CELLS_A_TICK) % this.#table.cells;
  }

  /** Does what the operator ordered; answers how many devices it was about. */
  order(order: BaselineOrder, nowUs: number): number {
    const o = this.#owners;
    let done = 0;
    for (let owner = 0; owner < o.ids.length; owner++) {
      if (order.devices !== null && !order.devices.includes(o.ids[owner])) continue;
      if (order.type !== null && this.#typeOf(owner) !== order.type) continue;
      // a word about all approves what waits for approval; a device that still learns is meant only by its name
      if (order.what === 'approve' && order.devices === null && o.life[owner] === Life.Learning) continue;
      done++;
      if (order.what === 'approve') this.#life.approve(owner, nowUs);
      else if (order.what === 'freeze') o.frozen[owner] = 1;
      else if (order.what === 'unfreeze') o.frozen[owner] = 0;
      else this.#relearn(owner, nowUs);
    }
    return done;
  }

  /** Learned sets, histories and states as text, by stable device id; in pieces, each the work of about a millisecond. */
  *exportSlices(): Generator<string> {
    const { schema, seed, gaps } = this.#o;
    yield* exportSlices({
      owners: this.#owners,
      table: this.#table,
      history: this.#history,
      schemaId: schema.id,
      seed,
      typeOf: (owner) => this.#typeOf(owner),
      unlike: (owner) => this.#unlike.get(owner) ?? [],
      gaps: (owner, device) => (device >= 0 ? gaps?.gapsOf(device) : undefined) ?? this.#gaps.get(owner) ?? [],
    });
  }

  exportState = (): string => [...this.exportSlices()].join('');

  /** Takes an exported state; devices already known here keep their dates. @throws WardwireError('model') */
  importState(text: string): void {
    const { schema, seed, counters } = this.#o;
    const to = { owners: this.#owners, table: this.#table, history: this.#history, life: this.#life };
    const { refused, gaps, unlike, types } = importDevices(text, seed, schema.id, to);
    counters.values[this.#full] += refused;
    for (const [owner, counts] of gaps) this.#gaps.set(owner, counts);
    for (const [owner, names] of unlike) this.#unlike.set(owner, names);
    for (const [owner, type] of types) this.#types.set(owner, type);
  }

  #owner(device: number, tsUs: number): number {
    const owner = this.#owners.of(device, tsUs, this.#learningUs);
    if (tsUs > this.#owners.lastUs[owner]) this.#owners.lastUs[owner] = tsUs;
    return owner;
  }

  /** Device type of an owner: as it is now, else as it was when its state was written. */
  #typeOf(owner: number): string {
    const profile = this.#owners.profileOf(owner);
    return (profile < 0 ? undefined : this.#o.profiles[profile]?.type) ?? this.#types.get(owner) ?? '';
  }

  /** Whether a model may be grown from what this device showed. */
  #may(owner: number): boolean {
    if (owner < 0) return true;
    const { life, doubt } = this.#owners;
    if (life[owner] === Life.Enforcing) return true;
    return this.#o.settings.review === 'auto' && (doubt[owner] & Doubt.UnlikeType) === 0;
  }

  #reservoir(type: string): RowReservoir {
    let rows = this.#rows.get(type);
    if (rows === undefined) {
      const { settings, schema, seed } = this.#o;
      const { max_rows, device_rows_share } = settings;
      rows = new RowReservoir(schema.features.length, max_rows, device_rows_share, hashString(seed, type));
      this.#rows.set(type, rows);
    }
    return rows;
  }

  #judge(owner: number): number {
    const medians = this.#history.medians(owner);
    if (medians === null) return 0;
    const type = this.#typeOf(owner);
    const prior = this.#priors.get(type) ?? null;
    const profile = this.#o.profiles.find((p) => p.type === type) ?? null;
    const known = prior !== null && prior.devices >= LEAST_DEVICES ? prior : null;
    const found = differences(medians, known, profile, this.#o.schema);
    if (found.length < this.#o.settings.unlike_features) return 0;
    this.#unlike.set(
      owner,
      found.slice(0, 8).map((d) => d.feature),
    );
    return Doubt.UnlikeType;
  }

  #relearn(owner: number, nowUs: number): void {
    const type = this.#typeOf(owner);
    this.#life.restart(owner, nowUs);
    this.#table.clear(owner);
    this.#history.forget(owner);
    this.#unlike.delete(owner);
    this.#rows.get(type)?.drop(owner, Number.NEGATIVE_INFINITY);
    if (type !== '') this.#retrain.add(type);
  }
}
