import {
  type Counters,
  type DeviceDirectory,
  type FeatureRow,
  type FeatureSchema,
  hashString,
  type Learned,
  type LearnedSet,
  Novelty,
  type Profile,
  type Taught,
} from '../core/index.js';
import { Added, LearnedTable, SET_COUNT } from './learned-table.js';
import { Owners } from './owners.js';
import { RowReservoir } from './rows.js';
import type { BaselineSettings } from './settings.js';
import { type DeviceState, readState, writeState } from './state.js';
import { TaughtKeys } from './taught.js';

export { parseProfile } from './profiles.js';
export { type BaselineSettings, baselineSettings } from './settings.js';
export { LEARNED_SCHEMA } from './state.js';

export interface BaselineOptions {
  readonly settings: BaselineSettings;
  readonly directory: DeviceDirectory;
  readonly profiles: readonly Profile[];
  readonly schema: FeatureSchema;
  /** Keyed by the site, so that learned hashes survive a restart. */
  readonly seed: number;
  readonly counters: Counters;
}

/** Rows of a device type for the training worker; row-major, `width` numbers a row, NaN = not observed. */
export interface RowJob {
  readonly rows: Float64Array;
  readonly width: number;
  readonly fromUs: number;
  readonly untilUs: number;
}

export function createBaseline(options: BaselineOptions): Baseline {
  return new Baseline(options);
}

/** What devices have been seen to do while they were learning, and the rows models are trained from. Event time only. */
export class Baseline implements Learned {
  readonly #o: BaselineOptions;
  readonly #table: LearnedTable;
  readonly #owners: Owners;
  readonly #taught: TaughtKeys;
  /** Ids of the operator's words whose row was taken. */
  readonly #accepted = new Set<string>();
  readonly #rows = new Map<string, RowReservoir>();
  /** Earliest end of learning among the devices that gave rows to a type. */
  readonly #readyUs = new Map<string, number>();
  readonly #learningUs: number;
  /** By owner: end of quarantine, µs. One entry a device that a rule ever named. */
  readonly #suspectUntil = new Map<number, number>();
  readonly #quarantined: number;
  readonly #full: number;
  readonly #collected: number;

  constructor(options: BaselineOptions) {
    this.#o = options;
    const { settings, counters, seed } = options;
    this.#table = new LearnedTable(settings.set_entries_total, settings.set_entries_device, seed);
    this.#owners = new Owners(options.directory);
    this.#taught = new TaughtKeys((id) => this.#owners.find(id));
    this.#learningUs = settings.learning_s * 1e6;
    this.#full = counters.define(
      'counter',
      'wardwire_learned_refused_total',
      'Things not learned because a learned set was full; such a set judges nothing new.',
    );
    this.#quarantined = counters.define(
      'counter',
      'wardwire_training_rows_quarantined_total',
      'Feature rows not learned from because a rule had named their device.',
    );
    this.#collected = counters.define('counter', 'wardwire_training_rows_total', 'Feature rows offered for training.');
  }

  learning(device: number, tsUs: number): boolean {
    if (device < 0) return false;
    const owner = this.#owners.of(device, tsUs, this.#learningUs);
    return tsUs < this.#owners.learnedUs[owner];
  }

  observe(set: LearnedSet, device: number, key: number, tsUs: number): Novelty {
    if (device < 0) return Novelty.Known;
    const owner = this.#owners.of(device, tsUs, this.#learningUs);
    if (tsUs < this.#owners.learnedUs[owner]) {
      const added = this.#table.add(set, owner, key);
      if (added === Added.Full) this.#o.counters.values[this.#full]++;
      return added === Added.New ? Novelty.Learned : Novelty.Known;
    }
    if (this.#table.has(set, owner, key) || this.#taught.has(set, owner, key)) return Novelty.Known;
    // a set that overflowed while learning does not know what it forgot
    return this.#table.full(set, owner) ? Novelty.Known : Novelty.New;
  }

  knows(set: LearnedSet, device: number, key: number): boolean {
    if (device < 0) return false;
    const owner = this.#owners.of(device, this.#o.directory.lastUs(device), this.#learningUs);
    return this.#table.has(set, owner, key) || this.#taught.has(set, owner, key);
  }

  /** Everything the operator called normal, in place of what he said before. Rows once given stay until the next start. */
  teach(taught: readonly Taught[]): void {
    this.#taught.replace(taught);
    for (const { id, row } of taught) {
      if (row === null || row.schema !== this.#o.schema.id || this.#accepted.has(id)) continue;
      this.#accepted.add(id);
      this.#reservoir(row.type).add(
        this.#owners.find(row.device) ?? -1,
        Float64Array.from(row.values, (v) => v ?? Number.NaN),
        row.tsUs,
      );
    }
  }

  size(set: LearnedSet, device: number): number {
    if (device < 0) return 0;
    const owner = this.#owners.of(device, this.#o.directory.lastUs(device), this.#learningUs);
    return this.#table.size(set, owner);
  }

  /** End of a device's learning period, µs of event time; NaN when it was never asked about. */
  learnedAt(id: string): number {
    const owner = this.#owners.find(id);
    return owner === undefined ? Number.NaN : this.#owners.learnedUs[owner];
  }

  /** A rule named this device: what it does now and for a while is nothing to learn from. */
  suspect(device: number, tsUs: number): void {
    if (device < 0) return;
    const owner = this.#owners.of(device, tsUs, this.#learningUs);
    this.#suspectUntil.set(owner, tsUs + this.#o.settings.quarantine_s * 1e6);
  }

  /** Offers a lent row for training; kept (copied) while its device is learning and not suspect. */
  collect(row: FeatureRow): void {
    if (row.schemaId !== this.#o.schema.id || !this.learning(row.device, row.tsUs)) return;
    const suspectUntil = this.#suspectUntil.get(this.#owners.of(row.device, row.tsUs, this.#learningUs));
    if (suspectUntil !== undefined && row.tsUs < suspectUntil) {
      this.#o.counters.values[this.#quarantined]++;
      return;
    }
    const profile = this.#o.profiles[this.#o.directory.profileOf(row.device)];
    if (profile === undefined) return;
    const rows = this.#reservoir(profile.type);
    const owner = this.#owners.of(row.device, row.tsUs, this.#learningUs);
    rows.add(owner, row.values, row.tsUs);
    this.#o.counters.values[this.#collected]++;
    const ready = this.#readyUs.get(profile.type) ?? Number.POSITIVE_INFINITY;
    this.#readyUs.set(profile.type, Math.min(ready, this.#owners.learnedUs[owner]));
  }

  #reservoir(type: string): RowReservoir {
    let rows = this.#rows.get(type);
    if (rows === undefined) {
      const { settings, schema, seed } = this.#o;
      rows = new RowReservoir(
        schema.features.length,
        settings.max_rows,
        settings.device_rows_share,
        hashString(seed, type),
      );
      this.#rows.set(type, rows);
    }
    return rows;
  }

  /** Types with rows enough, one of whose devices has finished learning. */
  trainable(nowUs: number): string[] {
    const out: string[] = [];
    for (const [type, rows] of this.#rows) {
      if (rows.count >= this.#o.settings.min_rows && nowUs >= this.#readyUs.get(type)!) out.push(type);
    }
    return out;
  }

  /** Types that have any rows. */
  collectedTypes(): string[] {
    return [...this.#rows.keys()].sort();
  }

  /** A copy of a type's rows for the training worker; empty when there are none. */
  job(type: string): RowJob {
    const r = this.#rows.get(type);
    if (r === undefined) {
      return { rows: new Float64Array(0), width: this.#o.schema.features.length, fromUs: 0, untilUs: 0 };
    }
    return { rows: r.rows(), width: r.width, fromUs: r.fromUs, untilUs: r.untilUs };
  }

  /** Ends the learning period of every device that still learns. */
  finishLearning(nowUs: number): void {
    const { learnedUs, ids } = this.#owners;
    for (let i = 0; i < ids.length; i++) if (learnedUs[i] > nowUs) learnedUs[i] = nowUs;
  }

  /** Learned sets and learning dates as text, by stable device id. */
  exportState(): string {
    const { ids, firstUs, learnedUs } = this.#owners;
    const sets: number[][][] = ids.map(() => Array.from({ length: SET_COUNT }, () => []));
    this.#table.forEach((set, owner, key) => {
      sets[owner][set].push(key);
    });
    const devices: DeviceState[] = ids.map((id, i) => ({
      id,
      firstUs: firstUs[i],
      learnedUs: learnedUs[i],
      sets: sets[i].map((k) => k.sort((a, b) => a - b)),
    }));
    return writeState(this.#o.seed, devices);
  }

  /** Takes an exported state; devices already known here keep their dates. @throws WardwireError('model') */
  importState(text: string): void {
    for (const d of readState(text, this.#o.seed)) {
      const owner = this.#owners.find(d.id) ?? this.#owners.add(d.id, d.firstUs, d.learnedUs);
      d.sets.forEach((keys, set) => {
        for (const k of keys) {
          if (this.#table.add(set, owner, k) === Added.Full) this.#o.counters.values[this.#full]++;
        }
      });
    }
  }
}
