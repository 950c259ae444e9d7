import { Random } from '../../core/index.js';
import { Scratch } from '../autoencoder/ensemble.js';
import { growLibraryTrees } from '../forest/grow.js';
import { packLibraryTrees } from '../forest/pack.js';
import { meanValue } from '../forest/score.js';
import { Matrix } from '../matrix.js';
import { type Calibration, pValueOf } from '../model/calibration.js';
import { fuse, scoreParts } from '../model/fuse.js';
import { type Model, PART_NAMES } from '../model/model.js';
import { fusedP, type OwnScores, ownCalibrations } from '../model/own.js';
import { applyTransform } from '../model/transform.js';

/** Detectors side by side: the plain isolation forest as it comes, each part of a model, and their fusion. */
export const CONTESTANTS = ['plain', ...PART_NAMES, 'fused'] as const;
export type Contestant = (typeof CONTESTANTS)[number];
/** The one the sensor runs. */
export const DEFAULT: Contestant = 'fused';

/** The plain isolation forest as it is published (Liu, Ting, Zhou 2008) and as scikit-learn has it by default. */
const PLAIN_TREES = 100;
const PLAIN_SAMPLE = 256;

/** Words of a contestant for a table. */
export const TITLE: Readonly<Record<Contestant, string>> = {
  plain: 'isolation forest, plain',
  forest: 'guarded mass forest',
  mass: 'half-space trees',
  autoencoder: 'autoencoder ensemble',
  tails: 'tails',
  fused: 'fused (default)',
};

/** What a contestant says of a set of rows, higher is odder; `p` the fused p-values. */
export interface Said {
  readonly scores: Readonly<Record<Contestant, Float64Array>>;
  readonly p: Float64Array;
}

export interface ContestInput {
  /** What was learned from benign rows, and what its devices scored themselves. */
  readonly model: Model;
  readonly own: readonly OwnScores[];
  /** The same rows as the plain forest takes them: as they come. */
  readonly trainRaw: Float64Array;
  readonly rawWidth: number;
  readonly seed: number;
}

/** Contestants trained on the same rows with the same seed. */
export class Contest {
  readonly model: Model;
  readonly #own: ReadonlyMap<string, Calibration>;
  readonly #plain;
  readonly #rawWidth: number;

  constructor(i: ContestInput) {
    this.model = i.model;
    this.#own = ownCalibrations(i.own);
    this.#rawWidth = i.rawWidth;
    const raw = new Matrix(i.trainRaw, i.rawWidth);
    this.#plain = packLibraryTrees(growLibraryTrees(raw, PLAIN_TREES, PLAIN_SAMPLE, new Random(i.seed)));
  }

  /** Scores as −ln p, so that contests over different device types compare; the plain forest's compare as they are. */
  surprises(said: Said): Record<Contestant, Float64Array> {
    const { parts } = this.model;
    const out: Partial<Record<Contestant, Float64Array>> = {
      plain: said.scores.plain,
      fused: said.p.map((p) => -Math.log(p)),
    };
    PART_NAMES.forEach((name, i) => {
      out[name] = said.scores[name].map((s) => -Math.log(pValueOf(parts[i], s)));
    });
    return out as Record<Contestant, Float64Array>;
  }

  /** Scores rows, encoded and raw; `device`: of each row whose it is, where devices have a say of their own. */
  score(rows: Float64Array, raw: Float64Array, device?: readonly string[]): Said {
    const { model } = this;
    const n = raw.length / this.#rawWidth;
    const width = n === 0 ? 0 : rows.length / n;
    const d = model.transform.column.length;
    const [x, surprises, scratch] = [new Float64Array(d), new Float64Array(d), new Scratch(d)];
    const parts = new Float64Array(PART_NAMES.length);
    const scores = Object.fromEntries(CONTESTANTS.map((name) => [name, new Float64Array(n)])) as Record<
      Contestant,
      Float64Array
    >;
    const p = new Float64Array(n);
    for (let r = 0; r < n; r++) {
      scores.plain[r] = -meanValue(this.#plain, raw.subarray(r * this.#rawWidth, (r + 1) * this.#rawWidth));
      applyTransform(model.transform, rows, r * width, x);
      scoreParts(model, x, scratch, surprises, parts);
      PART_NAMES.forEach((name, i) => {
        scores[name][r] = parts[i];
      });
      scores.fused[r] = fuse(model, parts);
      p[r] = fusedP(model.fused, device === undefined ? undefined : this.#own.get(device[r]), scores.fused[r]);
    }
    return { scores, p };
  }
}
