import {
  type FeatureRow,
  type FeatureSchema,
  type Finding,
  type Profile,
  type Reason,
  type Score,
  SEVERITIES,
} from '../core/index.js';
import { scenarioOf } from './catalogue.js';
import type { Scorer } from './model/scorer.js';

const SCENARIO = 'anomaly.profile';

export interface AnomalyInput {
  /** Lent by the scorer. */
  readonly score: Score;
  readonly row: FeatureRow;
  readonly schema: FeatureSchema;
  readonly profile: Profile;
  /** Whether the device is in its learning period. */
  readonly learning: boolean;
  readonly scorer: Scorer;
}

/**
 * What a rare scoring means: a finding when it persists, with the features that made it rare and their usual ranges;
 * null while it does not. Call once for every scoring, in event order.
 */
export function anomalyFinding(input: AnomalyInput): Finding | null {
  const { score, row, schema, scorer } = input;
  const alert = scorer.persistence.note(row.device, score.pValue < scorer.threshold);
  if (!input.learning) scorer.promised.note(row.device, input.profile.type, row.tsUs, alert);
  if (!alert) return null;
  const s = scenarioOf(SCENARIO);
  const step = SEVERITIES.indexOf(s.severity[input.profile.deviceClass]) - (input.learning ? 1 : 0);
  const reasons: Reason[] = score.contributions
    .filter((c) => c.share > 0)
    .map((c) => reason(schema, row, c, input.profile.title));
  return {
    scenario: SCENARIO,
    scenarioId: s.id,
    detector: 'profile',
    device: row.device,
    role: 'actor',
    peer: null,
    flow: -1,
    tsUs: row.tsUs,
    severity: SEVERITIES[Math.max(0, step)],
    pValue: score.pValue,
    score: score.score,
    threshold: score.threshold,
    parts: score.parts,
    reasons,
    attack: s.attack,
    model: score.modelId,
  };
}

function reason(schema: FeatureSchema, row: FeatureRow, c: Score['contributions'][number], title: string): Reason {
  const f = schema.features[c.feature];
  const raw = row.values[c.feature];
  const observed = Number.isNaN(raw) ? null : raw;
  const unit = f.unit === '' || f.unit === 'ratio' || f.unit === '0–1' ? '' : ` ${f.unit}`;
  const known = !Number.isNaN(c.low);
  const usual = known ? `${show(c.low)} to ${show(c.high)}${unit}` : '';
  const text =
    observed === null
      ? `${f.label}: not observed now, usually ${known ? usual : 'present'} for this type (${title}).`
      : !known
        ? `${f.label}: ${show(observed)}${unit}; it is not always seen on this type (${title}).`
        : observed < c.low || observed > c.high
          ? `${f.label}: ${show(observed)}${unit}, usually ${usual} for this type (${title}).`
          : `${f.label}: ${show(observed)}${unit}, within its usual ${usual} but rare together with the rest (${title}).`;
  return {
    what: 'feature',
    name: f.name,
    observed,
    unit: f.unit,
    expectedLow: known ? c.low : null,
    expectedHigh: known ? c.high : null,
    share: c.share,
    text,
  };
}

/** Four significant digits, plain. */
function show(x: number): string {
  return Number.isInteger(x) && Math.abs(x) < 1e9 ? String(x) : String(Number(x.toPrecision(4)));
}
