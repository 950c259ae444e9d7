import type { Counters, FeatureRow, FeatureSchema, Profile, Score } from '../../core/index.js';
import { ensembleScore, Scratch } from '../autoencoder/ensemble.js';
import { addContributions } from '../forest/score.js';
import { FollowedMass } from '../mass/follow.js';
import type { DetectSettings } from '../settings.js';
import { thresholdP } from './budget.js';
import { type Calibration, pValueOf } from './calibration.js';
import { parseModel } from './file.js';
import { type Detectors, fuse, scorePart, scoreParts } from './fuse.js';
import { type Model, PART_NAMES, type PartName } from './model.js';
import { fusedP, type OwnScores, ownCalibrations } from './own.js';
import { Persistence } from './persistence.js';
import { Promised } from './promise.js';
import { applyTransform } from './transform.js';

/** p at which the score on the log scale reaches 1. */
const SCORE_FLOOR_LN = Math.log(1e-12);
const MOST_REASONS = 5;
const MASS = PART_NAMES.indexOf('mass');
const TAILS = PART_NAMES.indexOf('tails');
/** Rows less rare than this and than the threshold are not explained: nobody will ask. */
const EXPLAIN_P = 0.001;

export interface ScorerOptions {
  readonly settings: DetectSettings;
  readonly schema: FeatureSchema;
  readonly profiles: readonly Profile[];
  readonly counters: Counters;
  /** Id of the device in a row of the device table, for what it scored itself while it was learned; without it only the type counts. */
  deviceId?(device: number): string;
}

export function createScorer(options: ScorerOptions): Scorer {
  return new Scorer(options);
}

/** What is usual for a device type, in the features' own units: of feature f at `columnOf[f]`, −1 where no range is known. */
export interface UsualRanges {
  readonly columnOf: Int16Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

interface Loaded {
  readonly usual: UsualRanges;
  readonly model: Model;
  readonly own: ReadonlyMap<string, Calibration>;
  /** The model, its half-space trees following when they do. */
  readonly detectors: Detectors;
  readonly followed: FollowedMass | null;
  readonly x: Float64Array;
  readonly surprises: Float64Array;
  readonly scratch: Scratch;
  readonly shares: Float64Array;
  readonly residuals: Float64Array;
}

/** Scores feature rows against the model of their device type. Allocates only for rows rare enough to be explained. */
export class Scorer {
  /** p-value below which a scoring counts as odd. */
  threshold = 0;
  /** The same on the scale of a score. */
  #limit = 0;
  readonly persistence: Persistence;
  /** Alerts given against alerts promised. */
  readonly promised: Promised;
  readonly #o: ScorerOptions;
  readonly #byProfile: (Loaded | null)[];
  readonly #scores = new Float64Array(PART_NAMES.length);
  /** Number of the only detector in use, −1 when all are fused. */
  #part = -1;
  readonly #odd: number;
  readonly #told: number;
  readonly #unfit: number;
  /** Lent: one score object a scorer. */
  readonly #score: Score;

  constructor(options: ScorerOptions) {
    this.#o = options;
    this.#byProfile = options.profiles.map(() => null);
    this.#told = options.counters.define(
      'gauge',
      'wardwire_anomaly_threshold_ratio',
      'Score above which a scoring counts as odd, on the scale of wardwire_device_anomaly_score_ratio.',
    );
    this.persistence = new Persistence(options.counters);
    this.promised = new Promised(options.profiles, options.counters);
    this.reload();
    this.#score = { pValue: 1, score: 0, threshold: 0, modelId: '', parts: [], contributions: [] };
    this.#odd = options.counters.define(
      'counter',
      'wardwire_odd_scores_total',
      'Scorings below the threshold p-value.',
    );
    this.#unfit = options.counters.define(
      'counter',
      'wardwire_models_without_profile_total',
      'Models given for a device type that has no profile.',
    );
  }

  /** Takes over the settings as they are now; models and what devices did so far stay. */
  reload(): void {
    const s = this.#o.settings;
    this.#part = PART_NAMES.indexOf(s.detectors as PartName);
    this.threshold = thresholdP(s);
    this.#limit = Math.min(1, Math.log(this.threshold) / SCORE_FLOOR_LN);
    this.#o.counters.values[this.#told] = this.#limit;
    this.persistence.set(s);
    this.promised.set(s.alerts_per_device_per_week);
  }

  /**
   * Takes a model file's text and what its devices scored themselves; answers its device type.
   * @throws WardwireError('model') naming why it does not fit
   */
  setModel(text: string, own: readonly OwnScores[] = []): string {
    const model = parseModel(text, this.#o.schema);
    const i = this.#o.profiles.findIndex((p) => p.type === model.type);
    if (i < 0) {
      this.#o.counters.values[this.#unfit]++;
      return model.type;
    }
    const { column, values, low, high } = model.transform;
    const d = column.length;
    const columnOf = new Int16Array(this.#o.schema.features.length).fill(-1);
    for (let c = 0; c < values; c++) columnOf[column[c]] = c;
    const halfLifeS = this.#o.settings.mass_half_life_h * 3600;
    const followed = halfLifeS > 0 ? new FollowedMass(model.mass, model.rows, halfLifeS) : null;
    this.#byProfile[i] = {
      usual: { columnOf, low, high },
      model,
      detectors: followed === null ? model : { ...model, mass: followed.trees },
      followed,
      own: ownCalibrations(own),
      x: new Float64Array(d),
      surprises: new Float64Array(d),
      scratch: new Scratch(d),
      shares: new Float64Array(d),
      residuals: new Float64Array(d),
    };
    return model.type;
  }

  /** Ranges of a profile number's model, null when there is none. */
  usual(profile: number): UsualRanges | null {
    return this.#byProfile[profile]?.usual ?? null;
  }

  has(type: string): boolean {
    return this.describe(type) !== null;
  }

  /** Id and learning interval of a type's model, null when there is none. */
  describe(type: string): { id: string; fromUs: number; untilUs: number } | null {
    const i = this.#o.profiles.findIndex((p) => p.type === type);
    const m = i < 0 ? null : (this.#byProfile[i]?.model ?? null);
    return m === null ? null : { id: m.id, fromUs: m.fromUs, untilUs: m.untilUs };
  }

  /** Scores a row against the model of a profile number; null when there is none. The answer is LENT. */
  score(row: FeatureRow, profile: number): Score | null {
    const l = this.#byProfile[profile];
    if (l === null || l === undefined || row.schemaId !== l.model.schemaId) return null;
    const { model, x } = l;
    applyTransform(model.transform, row.values, 0, x);
    const part = this.#part;
    if (part < 0) scoreParts(l.detectors, x, l.scratch, l.surprises, this.#scores);
    else this.#scores[part] = scorePart(l.detectors, part, x, l.scratch, l.surprises);
    if (l.followed !== null && (part < 0 || part === MASS)) this.#scores[MASS] += l.followed.shift;
    const p =
      part < 0
        ? fusedP(model.fused, this.#ownOf(l, row.device), fuse(model, this.#scores))
        : pValueOf(model.parts[part], this.#scores[part]);
    const s = this.#score;
    s.pValue = p;
    s.score = Math.min(1, Math.log(p) / SCORE_FLOOR_LN);
    s.threshold = this.#limit;
    s.modelId = model.id;
    if (p < this.threshold) this.#o.counters.values[this.#odd]++;
    if (p < EXPLAIN_P || p < this.threshold) this.#explain(l, s);
    else if (s.parts.length > 0) {
      s.parts = [];
      s.contributions = [];
    }
    return s;
  }

  /** Whether the model of a profile number has trees that follow. */
  follows(profile: number): boolean {
    return (this.#byProfile[profile]?.followed ?? null) !== null;
  }

  /** The row just scored was ordinary: trees that follow take it in. */
  follow(row: FeatureRow, profile: number): void {
    const l = this.#byProfile[profile];
    l?.followed?.learn(l.x, row.tsUs);
  }

  #ownOf(l: Loaded, device: number): Calibration | undefined {
    const id = l.own.size === 0 ? undefined : this.#o.deviceId?.(device);
    return id === undefined ? undefined : l.own.get(id);
  }

  #explain(l: Loaded, s: Score): void {
    const { model, x, shares } = l;
    // the reasons look at the tails whoever scored
    if (this.#part >= 0) scorePart(l.detectors, TAILS, x, l.scratch, l.surprises);
    const used = this.#part < 0 ? PART_NAMES.map((_, i) => i) : [this.#part];
    const weights = used.map((i) => -Math.log(pValueOf(model.parts[i], this.#scores[i])));
    const sum = weights.reduce((a, b) => a + b, 0) || 1;
    s.parts = used
      .map((i, k) => ({ name: PART_NAMES[i], share: round3(weights[k] / sum), p: Math.exp(-weights[k]) }))
      .sort((a, b) => b.share - a.share);

    // a third of the say each: the feature's own rarity, the splits that led the trees to a rare place, and what the
    // autoencoders could not explain
    const { residuals } = l;
    shares.fill(0);
    residuals.fill(0);
    addContributions(model.forest, x, shares);
    addContributions(model.mass, x, shares);
    ensembleScore(model.autoencoder, x, l.scratch, residuals);
    let trees = 0;
    let tails = 0;
    let left = 0;
    for (let c = 0; c < shares.length; c++) {
      if (shares[c] < 0) shares[c] = 0;
      trees += shares[c];
      tails += l.surprises[c] * l.surprises[c];
      left += residuals[c];
    }
    const order: number[] = [];
    for (let c = 0; c < shares.length; c++) {
      const own = tails > 0 ? (l.surprises[c] * l.surprises[c]) / tails : 0;
      shares[c] = (own + (trees > 0 ? shares[c] / trees : 0) + (left > 0 ? residuals[c] / left : 0)) / 3;
      order.push(c);
    }
    order.sort((a, b) => shares[b] - shares[a]);
    const t = model.transform;
    s.contributions = order.slice(0, MOST_REASONS).map((c) => ({
      feature: t.column[c],
      share: round3(shares[c]),
      low: t.low[c],
      high: t.high[c],
    }));
  }
}

const round3 = (x: number): number => Math.round(x * 1000) / 1000;
