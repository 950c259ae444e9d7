import type { Baseline } from '../baseline/index.js';
import type { BasisRow, Counters, FeatureRow } from '../core/index.js';
import { anomalyFinding, type Scorer } from '../detect/index.js';
import type { Features } from '../features/index.js';
import type { createInventory } from '../inventory/index.js';
import type { Verdicts } from '../verdict/index.js';
import type { FigureBoard } from './figures.js';
import type { Portion } from './portion.js';
import type { SensorSpec } from './spec.js';
import type { Timing } from './timing.js';

/** Rows rarer than this teach nothing to models that follow. */
const ORDINARY_P = 0.05;

/** The rooms a feature row passes. */
export interface JudgeRooms {
  readonly features: Features;
  readonly baseline: Baseline;
  readonly scorer: Scorer;
  readonly inventory: ReturnType<typeof createInventory>;
  readonly verdicts: Verdicts;
  readonly counters: Counters;
  readonly figures: FigureBoard;
}

/** The way of a feature row: taken when it is due, learned from, seen as its device type would see it, scored, told. */
export class Judge {
  readonly #r: JudgeRooms;
  readonly #spec: SensorSpec;
  readonly #timing: Timing;
  readonly #out: ((row: FeatureRow, type: string) => void) | null;
  readonly #portion: Portion;
  /** Earliest time of a device's next feature row while its type has no model. */
  readonly #nextRowUs: Float64Array;
  readonly #learnRowUs: number;
  readonly #scored: number;
  /** Features look back some minutes; after a start with models of former runs nobody is scored before they can. */
  readonly #warmUpUs: number;
  #warmUs = Number.NaN;
  /** The row of the finding being told. */
  #judged: FeatureRow | null = null;

  /** `out` hears of every row; devices of other processes have none here. */
  constructor(
    rooms: JudgeRooms,
    spec: SensorSpec,
    timing: Timing,
    out: ((row: FeatureRow, type: string) => void) | null,
    portion: Portion,
  ) {
    this.#portion = portion;
    this.#r = rooms;
    this.#spec = spec;
    this.#timing = timing;
    this.#out = out;
    this.#nextRowUs = new Float64Array(spec.settings.inventory.max_devices);
    this.#learnRowUs = spec.settings.baseline.row_interval_s * 1e6;
    this.#warmUpUs = spec.models.length > 0 ? spec.settings.detect.warm_up_s * 1e6 : 0;
    this.#scored = rooms.counters.define('counter', 'wardwire_scores_total', 'Feature rows scored.');
  }

  /** A packet of this device passed: a row is taken when one is due. */
  device(device: number, tsUs: number): void {
    if (tsUs < this.#nextRowUs[device] || !this.#r.features.due(device, tsUs)) return;
    if (this.#portion.speaksOf(device)) this.#row(device, tsUs);
    else {
      this.#nextRowUs[device] = tsUs + this.#learnRowUs;
      this.#r.baseline.passed(device, tsUs);
    }
  }

  /** The numbers a verdict is explained from: those just scored, else as they stand now. */
  basis(device: number, tsUs: number): BasisRow {
    const now = this.#judged?.device === device ? this.#judged : this.#r.features.look(device, tsUs);
    const type = this.#spec.profiles[this.#r.inventory.directory.profileOf(device)].type;
    return {
      schema: now.schemaId,
      values: Array.from(now.values, (v) => (Number.isNaN(v) ? null : v)),
      shifts: this.#r.baseline.shifts(device, tsUs, type),
    };
  }

  #row(device: number, tsUs: number): void {
    const { features, baseline, scorer, inventory } = this.#r;
    const profile = inventory.directory.profileOf(device);
    const type = this.#spec.profiles[profile].type;
    if (!scorer.has(type)) {
      // nothing to judge with yet: rows are only collected to learn from, and need no hurry
      this.#nextRowUs[device] = tsUs + this.#learnRowUs;
      const first = features.row(device, tsUs);
      this.#out?.(first, type);
      baseline.collect(first, true);
      return;
    }
    this.#timing.scoring(true);
    const row = features.row(device, tsUs);
    this.#out?.(row, type);
    baseline.collect(row);
    baseline.watch(row, type);
    if (Number.isNaN(this.#warmUs)) this.#warmUs = tsUs + this.#warmUpUs;
    if (tsUs >= this.#warmUs) this.#score(row, profile, type);
    this.#timing.scoring(false);
  }

  #score(row: FeatureRow, profile: number, type: string): void {
    const { features, baseline, scorer, verdicts, counters } = this.#r;
    const typed = baseline.asType(row, type);
    const score = scorer.score(typed, profile);
    counters.values[this.#scored]++;
    if (score === null) return;
    if (scorer.follows(profile) && score.pValue > ORDINARY_P && !baseline.doubtful(row.device, row.tsUs)) {
      scorer.follow(row, profile);
    }
    this.#r.figures.scored(typed, score.score, scorer.usual(profile));
    // what is usual is told as it is for this device
    for (const c of score.contributions) {
      c.low = baseline.asDevice(row, type, c.feature, c.low);
      c.high = baseline.asDevice(row, type, c.feature, c.high);
    }
    const finding = anomalyFinding({
      score,
      row,
      schema: features.schema,
      profile: this.#spec.profiles[profile],
      learning: baseline.learning(row.device, row.tsUs),
      scorer,
    });
    if (finding === null) return;
    this.#judged = row;
    verdicts.finding(finding);
    this.#judged = null;
  }
}
