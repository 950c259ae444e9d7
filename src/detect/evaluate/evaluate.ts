import { Random, WardwireError } from '../../core/index.js';
import { trainParts } from '../model/train.js';
import type { DetectSettings } from '../settings.js';
import { ATTACK_TEXT, type AttackKind, disguise, STRENGTHS } from './attack.js';
import { CONTESTANTS, Contest, type Contestant, DEFAULT, type Said, TITLE } from './contest.js';
import { correlationOf } from './correlation.js';
import { type Encoder, fitEncoder, rawRows } from './encode.js';
import * as m from './metrics.js';
import { ALARMS, type DetectorResult, type EvaluateReport, type LearningPoint, REPORT_SCHEMA } from './report.js';
import type { Table } from './table.js';

/** Share of the benign rows to learn from; the rest is held back to test on. */
const TRAIN_SHARE = 0.6;
/** Shares of the training rows a learning curve is drawn from. */
const LEARNING: readonly number[] = [0.05, 0.1, 0.25, 0.5, 1];
/** Attack rows that are disguised, at most. */
const DISGUISED = 2000;
const LEAST_BENIGN = 40;
/** Share of unlabelled rows that may be attacks: what stands apart most among them is not learned from. */
const DOUBT = 0.25;
const SWEEP = 15;
const GRID = Array.from({ length: 101 }, (_, i) => i / 100);

export interface EvaluateOptions {
  readonly settings: DetectSettings;
  readonly seed: number;
  /** Runs with seeds that follow each other. */
  readonly seeds: number;
  /** benign: learn from benign rows, test on held-back ones; all: learn from and test on every row, unlabelled. */
  readonly fit: 'benign' | 'all';
  /** Most rows to learn from. */
  readonly trainRows: number;
  readonly attacks: readonly AttackKind[];
  readonly learning: boolean;
  readonly alertsPerWeek: number;
  readonly scoringsPerWeek: number;
  progress?(done: number, of: number): void;
}

interface Run {
  readonly benign: Said;
  readonly attack: Said;
  readonly trainRows: number;
  readonly features: number;
  /** Said of the disguised attacks: kinds by strengths. */
  readonly disguised: readonly Said[];
  readonly learning: readonly { readonly rows: number; readonly auroc: number; readonly found: number }[];
}

/** Detectors side by side on a labelled table. The same table, options and seed give the same report. CPU-bound. */
export function evaluateTable(t: Table, o: EvaluateOptions): EvaluateReport {
  const benign = rowsWhere(t, (label) => label < 0);
  const attack = rowsWhere(t, (label) => label >= 0);
  if (benign.length < LEAST_BENIGN) {
    throw new WardwireError('file', `${t.source}: ${benign.length} benign rows are too few (${LEAST_BENIGN} needed)`);
  }
  const seeds = Array.from({ length: o.seeds }, (_, i) => o.seed + i);
  const runs = seeds.map((seed, i) => {
    o.progress?.(i, seeds.length);
    return oneRun(t, o, seed, benign, attack);
  });
  const of = (name: Contestant): m.Scored[] =>
    runs.map((r) => ({ benign: r.benign.scores[name], attack: r.attack.scores[name] }));
  const p = Math.min(0.5, o.alertsPerWeek / o.scoringsPerWeek);
  const below = (v: Float64Array): number => v.reduce((n, x) => n + (x <= p ? 1 : 0), 0) / v.length;
  return {
    schema: REPORT_SCHEMA,
    source: t.source,
    fit: o.fit,
    seeds,
    benignRows: benign.length,
    attackRows: attack.length,
    trainRows: runs[0].trainRows,
    testRows: runs[0].benign.p.length + attack.length,
    columns: t.columns.map(({ name, kind }) => ({ name, kind })),
    features: runs[0].features,
    default: DEFAULT,
    detectors: CONTESTANTS.map((name) => detectorResult(name, of(name), t, attack)),
    budget: {
      alertsPerWeek: o.alertsPerWeek,
      scoringsPerWeek: o.scoringsPerWeek,
      p,
      falseAlarms: m.spread(runs.map((r) => below(r.benign.p))),
      found: m.spread(runs.map((r) => below(r.attack.p))),
    },
    learning: learningCurve(runs),
    correlation: correlationOf(t, benign),
    attacks: o.attacks.map((kind, k) => ({
      kind,
      text: ATTACK_TEXT[kind],
      points: STRENGTHS.map((strength, s) => ({
        strength,
        found: byContestant((name) =>
          m.spread(
            runs.map((r) =>
              m.foundAt(
                { benign: r.benign.scores[name], attack: r.disguised[k * STRENGTHS.length + s].scores[name] },
                ALARMS[0],
              ),
            ),
          ),
        ),
      })),
    })),
  };
}

const byContestant = <V>(f: (name: Contestant) => V): Record<Contestant, V> =>
  Object.fromEntries(CONTESTANTS.map((name) => [name, f(name)])) as Record<Contestant, V>;

function rowsWhere(t: Table, test: (label: number) => boolean): number[] {
  const out: number[] = [];
  for (let r = 0; r < t.rows; r++) if (test(t.label[r])) out.push(r);
  return out;
}

function shuffled(rows: readonly number[], random: Random): number[] {
  const out = [...rows];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

function oneRun(t: Table, o: EvaluateOptions, seed: number, benign: number[], attack: number[]): Run {
  const random = new Random(seed);
  const order = shuffled(o.fit === 'all' ? [...benign, ...attack] : benign, random);
  const cut = o.fit === 'all' ? order.length : Math.floor(order.length * TRAIN_SHARE);
  const train = order.slice(0, Math.min(cut, o.trainRows));
  const test = o.fit === 'all' ? benign : order.slice(cut);
  const encoder = fitEncoder(t, train);
  const contest = contestOf(t, encoder, train, seed, o);
  const say = (table: Table, rows: readonly number[], by = contest, e = encoder): Said =>
    by.score(e.encode(rows, table), rawRows(table, rows));

  const some = shuffled(attack, random).slice(0, DISGUISED);
  const disguised = o.attacks.flatMap((kind) =>
    STRENGTHS.map((strength) => {
      const d = disguise(t, some, train, kind, strength, new Random(seed));
      return say(d, range(d.rows));
    }),
  );
  const heldBack = say(t, test);
  const attacked = say(t, attack);
  const learning = !o.learning
    ? []
    : LEARNING.map((share) => Math.floor(share * train.length))
        .filter((n) => n >= LEAST_BENIGN)
        .map((n) => {
          if (n === train.length) return { rows: n, ...figures(heldBack, attacked) };
          const few = train.slice(0, n);
          const e = fitEncoder(t, few);
          const c = contestOf(t, e, few, seed, o);
          return { rows: n, ...figures(say(t, test, c, e), say(t, attack, c, e)) };
        });
  return {
    benign: heldBack,
    attack: attacked,
    trainRows: train.length,
    features: encoder.width,
    disguised,
    learning,
  };
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

function figures(benign: Said, attack: Said): { auroc: number; found: number } {
  const s = { benign: benign.scores[DEFAULT], attack: attack.scores[DEFAULT] };
  return { auroc: m.auroc(s), found: m.foundAt(s, ALARMS[0]) };
}

function contestOf(t: Table, e: Encoder, train: readonly number[], seed: number, o: EvaluateOptions): Contest {
  const { settings, fit } = o;
  const { model, own } = trainParts({
    rows: e.encode(train, t),
    width: e.schema.features.length,
    schema: e.schema,
    type: 'evaluated',
    seed,
    settings,
    fromUs: 0,
    untilUs: 0,
    doubt: fit === 'all' ? DOUBT : 0,
  });
  return new Contest({ model, own, trainRaw: rawRows(t, train), rawWidth: t.columns.length, seed });
}

function detectorResult(name: Contestant, scored: m.Scored[], t: Table, attack: readonly number[]): DetectorResult {
  const thresholds = scored.map((s) => m.thresholdAt(s.benign, ALARMS[0]));
  const sweep = range(SWEEP).map((i) => m.thresholdAt(scored[0].benign, 10 ** (-i / 4)));
  return {
    name,
    title: TITLE[name],
    auroc: m.spread(scored.map(m.auroc)),
    ap: m.spread(scored.map(m.averagePrecision)),
    found: ALARMS.map((alarms) => ({
      alarms,
      found: m.spread(scored.map((s) => m.foundAt(s, alarms))),
      resolved: scored[0].benign.length * alarms >= 1,
    })),
    roc: m.meanCurve(scored.map(m.rocCurve), GRID),
    pr: m.meanCurve(scored.map(m.prCurve), GRID),
    confusion: m.confusionAt(scored[0], thresholds[0]),
    sweep: [...new Set(sweep)].map((threshold) => m.confusionAt(scored[0], threshold)),
    classes: t.classes.map((word, k) => {
      const rows = attack.flatMap((r, i) => (t.label[r] === k ? [i] : []));
      const found = scored.map((s, i) => rows.filter((r) => s.attack[r] > thresholds[i]).length / rows.length);
      const first = scored.map((s, i) => {
        const at = rows.findIndex((r) => s.attack[r] > thresholds[i]);
        return at < 0 ? Number.NaN : at + 1;
      });
      return { name: word, rows: rows.length, found: m.spread(found), firstFound: m.spread(first) };
    }),
  };
}

function learningCurve(runs: readonly Run[]): LearningPoint[] {
  return runs[0].learning.map((point, i) => ({
    rows: point.rows,
    auroc: m.spread(runs.map((r) => r.learning[i].auroc)),
    found: m.spread(runs.map((r) => r.learning[i].found)),
  }));
}
