import type { FeatureSchema } from '../core/index.js';
import type { TypePrior } from './prior.js';
import { QUANTILES, type Sketch } from './sketch.js';

/** Live values are counted in so many bins of equal share of the training rows, and one for not observed. */
const BINS = 10;
const MOST_NAMED = 5;

export interface DriftSettings {
  readonly drift_psi: number;
  readonly drift_features: number;
  readonly drift_rows: number;
  readonly drift_window_s: number;
  readonly drift_repeat_s: number;
}

/** A device type that no longer behaves as learned. */
export interface DriftAdvice {
  readonly type: string;
  readonly tsUs: number;
  /** Population stability index by feature, largest first, at most five; and how many features drifted. */
  readonly features: readonly { readonly name: string; readonly psi: number }[];
  readonly drifted: number;
}

interface Watched {
  /** Inner edges of each feature's bins, ascending; expected shares by bin, the last one: not observed. */
  readonly edges: readonly Float64Array[];
  readonly expected: readonly Float64Array[];
  readonly counts: Float64Array;
  n: number;
  sinceUs: number;
  /** Features that drifted in the window before. */
  before: ReadonlySet<number>;
  toldUs: number;
}

/**
 * Compares the rows of a device type now with those its model was grown from: population stability index
 * Σ (live − trained) · ln(live / trained) over ten bins, in windows of event time. A feature has drifted when it is beyond
 * the limit in two windows in a row: one odd day is no drift.
 */
export class Drift {
  readonly #s: DriftSettings;
  readonly #schema: FeatureSchema;
  readonly #types = new Map<string, Watched>();

  constructor(settings: DriftSettings, schema: FeatureSchema) {
    this.#s = settings;
    this.#schema = schema;
  }

  /** A type is watched from now on against these rows. */
  watch(prior: TypePrior): void {
    const edges: Float64Array[] = [];
    const expected: Float64Array[] = [];
    for (const f of this.#schema.features) {
      const bins = binsOf(prior.features[f.name]);
      edges.push(bins.edges);
      expected.push(bins.expected);
    }
    this.#types.set(prior.type, {
      edges,
      expected,
      counts: new Float64Array(this.#schema.features.length * (BINS + 1)),
      n: 0,
      sinceUs: Number.NaN,
      before: new Set(),
      toldUs: Number.NEGATIVE_INFINITY,
    });
  }

  /** One live row; the advice when a window has ended and enough features drifted, at most one a type and repeat time. */
  add(type: string, values: Float64Array, tsUs: number): DriftAdvice | null {
    const w = this.#types.get(type);
    if (w === undefined) return null;
    if (Number.isNaN(w.sinceUs)) w.sinceUs = tsUs;
    for (let f = 0; f < w.edges.length; f++) {
      const x = values[f];
      let bin = BINS;
      if (!Number.isNaN(x)) {
        const edges = w.edges[f];
        bin = 0;
        while (bin < edges.length && x > edges[bin]) bin++;
      }
      w.counts[f * (BINS + 1) + bin]++;
    }
    w.n++;
    if (w.n < this.#s.drift_rows || tsUs - w.sinceUs < this.#s.drift_window_s * 1e6) return null;
    return this.#judge(type, w, tsUs);
  }

  #judge(type: string, w: Watched, tsUs: number): DriftAdvice | null {
    const now: { f: number; psi: number }[] = [];
    for (let f = 0; f < w.edges.length; f++) {
      const psi = stability(w.expected[f], w.counts.subarray(f * (BINS + 1), (f + 1) * (BINS + 1)), w.n);
      if (psi > this.#s.drift_psi) now.push({ f, psi });
    }
    const both = now.filter((d) => w.before.has(d.f)).sort((a, b) => b.psi - a.psi);
    w.before = new Set(now.map((d) => d.f));
    w.counts.fill(0);
    w.n = 0;
    w.sinceUs = tsUs;
    if (both.length < this.#s.drift_features || tsUs - w.toldUs < this.#s.drift_repeat_s * 1e6) return null;
    w.toldUs = tsUs;
    return {
      type,
      tsUs,
      features: both.slice(0, MOST_NAMED).map((d) => ({ name: this.#schema.features[d.f].name, psi: d.psi })),
      drifted: both.length,
    };
  }
}

/** Bins of about equal share; a value that fills several of them is one bin, with all their share. */
function binsOf(s: Sketch | undefined): { edges: Float64Array; expected: Float64Array } {
  const expected = new Float64Array(BINS + 1);
  if (s === undefined || s.q.length !== QUANTILES) {
    expected[BINS] = 1;
    return { edges: new Float64Array(0), expected };
  }
  const edges: number[] = [];
  const below: number[] = [];
  for (let b = 1; b < BINS; b++) {
    const x = s.q[Math.round((b / BINS) * (QUANTILES - 1))];
    if (x !== edges.at(-1) && x < s.q[QUANTILES - 1]) {
      edges.push(x);
      // every quantile that is not above the edge lies in the bins up to it
      below.push(s.q.filter((q) => q <= x).length / QUANTILES);
    }
  }
  let done = 0;
  edges.forEach((_, i) => {
    expected[i] = (below[i] - done) * s.seen;
    done = below[i];
  });
  expected[edges.length] = (1 - done) * s.seen;
  expected[BINS] = 1 - s.seen;
  return { edges: Float64Array.from(edges), expected };
}

/** Empty bins are taken for half a row, on both sides. */
function stability(expected: Float64Array, counts: Float64Array, n: number): number {
  let psi = 0;
  for (let b = 0; b < counts.length; b++) {
    if (expected[b] === 0 && counts[b] === 0) continue;
    const p = Math.max(expected[b], 0.5 / n);
    const q = Math.max(counts[b] / n, 0.5 / n);
    psi += (q - p) * Math.log(q / p);
  }
  return psi;
}
