/** Scores of one detector, higher is odder. */
export interface Scored {
  readonly benign: Float64Array;
  readonly attack: Float64Array;
}

/** Points kept of a curve: a screen shows no more. */
const CURVE_POINTS = 200;

export interface Point {
  readonly x: number;
  readonly y: number;
}

const descending = (v: Float64Array): Float64Array => Float64Array.from(v).sort().reverse();

/** Area under the ROC curve (the Mann–Whitney statistic); ties count half. NaN when one side is empty. */
export function auroc(s: Scored): number {
  const benign = Float64Array.from(s.benign).sort();
  const attack = Float64Array.from(s.attack).sort();
  let below = 0;
  let upTo = 0;
  let sum = 0;
  for (const x of attack) {
    while (below < benign.length && benign[below] < x) below++;
    if (upTo < below) upTo = below;
    while (upTo < benign.length && benign[upTo] <= x) upTo++;
    sum += (below + upTo) / 2;
  }
  return sum / (benign.length * attack.length);
}

/** Average precision: precision at every threshold, weighed by the recall it adds; ties are one threshold. */
export function averagePrecision(s: Scored): number {
  let sum = 0;
  let last = 0;
  walk(s, (tp, fp) => {
    sum += ((tp - last) / s.attack.length) * (tp / (tp + fp));
    last = tp;
  });
  return sum;
}

/** Score that at most a share `alarms` of the benign rows exceeds. Infinity when nothing was benign. */
export function thresholdAt(benign: Float64Array, alarms: number): number {
  if (benign.length === 0) return Number.POSITIVE_INFINITY;
  return descending(benign)[Math.min(benign.length - 1, Math.floor(alarms * benign.length))];
}

/** Share of values above a threshold; NaN of none. */
export function shareAbove(values: Float64Array, threshold: number): number {
  let n = 0;
  for (const x of values) if (x > threshold) n++;
  return n / values.length;
}

/** Share of the attacks found at a share of false alarms on the benign rows. */
export const foundAt = (s: Scored, alarms: number): number => shareAbove(s.attack, thresholdAt(s.benign, alarms));

/** Counts true and false positives at every distinct score, from the oddest down. */
function walk(s: Scored, step: (tp: number, fp: number, score: number) => void): void {
  const benign = descending(s.benign);
  const attack = descending(s.attack);
  let tp = 0;
  let fp = 0;
  while (tp < attack.length || fp < benign.length) {
    const score = Math.max(attack[tp] ?? Number.NEGATIVE_INFINITY, benign[fp] ?? Number.NEGATIVE_INFINITY);
    while (tp < attack.length && attack[tp] >= score) tp++;
    while (fp < benign.length && benign[fp] >= score) fp++;
    step(tp, fp, score);
  }
}

/** At most CURVE_POINTS points of a curve, ends included, those kept that differ most in x. */
function thinned(points: Point[]): Point[] {
  if (points.length <= CURVE_POINTS) return points;
  const out: Point[] = [];
  const step = (points.length - 1) / (CURVE_POINTS - 1);
  for (let i = 0; i < CURVE_POINTS; i++) out.push(points[Math.round(i * step)]);
  return out;
}

/** ROC curve: share of false alarms (x) against share found (y), from (0, 0) to (1, 1). */
export function rocCurve(s: Scored): Point[] {
  const points: Point[] = [{ x: 0, y: 0 }];
  walk(s, (tp, fp) => {
    points.push({ x: fp / s.benign.length, y: tp / s.attack.length });
  });
  return thinned(points);
}

/** Precision (y) against recall (x). */
export function prCurve(s: Scored): Point[] {
  const points: Point[] = [];
  walk(s, (tp, fp) => {
    points.push({ x: tp / s.attack.length, y: tp / (tp + fp) });
  });
  return thinned(points);
}

export interface Confusion {
  readonly threshold: number;
  readonly falseAlarms: number;
  readonly found: number;
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
  readonly precision: number;
  readonly f1: number;
}

/** What a threshold on the score does: rows above it are alarms. */
export function confusionAt(s: Scored, threshold: number): Confusion {
  const count = (v: Float64Array): number => v.reduce((n, x) => n + (x > threshold ? 1 : 0), 0);
  const [tp, fp] = [count(s.attack), count(s.benign)];
  const precision = tp + fp === 0 ? Number.NaN : tp / (tp + fp);
  return {
    threshold,
    falseAlarms: fp / s.benign.length,
    found: tp / s.attack.length,
    truePositive: tp,
    falsePositive: fp,
    trueNegative: s.benign.length - fp,
    falseNegative: s.attack.length - tp,
    precision,
    f1: (2 * tp) / (2 * tp + fp + (s.attack.length - tp)),
  };
}

/** Mean and standard deviation over the seeds. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
}

export function spread(values: readonly number[]): Spread {
  const v = values.filter((x) => !Number.isNaN(x));
  const mean = v.reduce((a, b) => a + b, 0) / v.length;
  const sd = v.length < 2 ? 0 : Math.sqrt(v.reduce((a, b) => a + (b - mean) * (b - mean), 0) / (v.length - 1));
  return { mean, sd };
}

/** Mean of curves at fixed x, for a plot over seeds: at `at`, linearly between the points of each. */
export function meanCurve(curves: readonly (readonly Point[])[], at: readonly number[]): Point[] {
  return at.map((x) => ({ x, y: spread(curves.map((c) => valueAt(c, x))).mean }));
}

function valueAt(curve: readonly Point[], x: number): number {
  let i = 0;
  while (i < curve.length && curve[i].x <= x) i++;
  if (i === 0) return curve[0]?.y ?? Number.NaN;
  if (i === curve.length) return curve[i - 1].y;
  const [a, b] = [curve[i - 1], curve[i]];
  return a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x);
}
