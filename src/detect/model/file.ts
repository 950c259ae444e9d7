import { createHash } from 'node:crypto';
import { type FeatureSchema, WardwireError } from '../../core/index.js';
import { type Ensemble, hiddenOf } from '../autoencoder/ensemble.js';
import { weightsOf } from '../autoencoder/net.js';
import { LEAF, type PackedTrees, packed } from '../forest/pack.js';
import { GRID, tailTable } from '../tails/tails.js';
import type { Calibration } from './calibration.js';
import { type Model, PART_NAMES } from './model.js';
import { float64, int16, int32, toBase64, uint8 } from './pack-text.js';

export const MODEL_SCHEMA = 'wardwire.model.v2';
const ID_DIGITS = 12;
const RELEARN = 'remove the file: the device type is learned again';

/** Model file text (JSON): quantiles and trees only, no addresses and no identifiers. Its id is a digest of its content. */
export function writeModel(m: Model, schema: FeatureSchema): string {
  const trees = (t: PackedTrees): Record<string, string> => ({
    roots: toBase64(t.roots),
    feature: toBase64(t.feature),
    threshold: toBase64(t.threshold),
    right: toBase64(t.right),
    value: toBase64(t.value),
  });
  const calibration = (c: Calibration): Record<string, unknown> => ({
    scores: toBase64(c.scores),
    at_least: toBase64(c.atLeast),
    n: c.n,
    tail: c.tail,
  });
  const t = m.transform;
  const body = {
    schema: MODEL_SCHEMA,
    type: m.type,
    feature_schema: m.schemaId,
    features: schema.features.map((f) => f.name),
    seed: m.seed,
    variant: m.variant,
    rows: m.rows,
    from_us: m.fromUs,
    until_us: m.untilUs,
    transform: {
      column: toBase64(t.column),
      values: t.values,
      log: toBase64(t.log),
      median: toBase64(t.median),
      spread: toBase64(t.spread),
      low: toBase64(t.low),
      high: toBase64(t.high),
    },
    forest: trees(m.forest),
    mass: trees(m.mass),
    autoencoder: {
      width: m.autoencoder.width,
      columns: toBase64(m.autoencoder.columns),
      starts: toBase64(m.autoencoder.starts),
      weights: toBase64(m.autoencoder.weights),
      centre: toBase64(m.autoencoder.centre),
      spread: toBase64(m.autoencoder.spread),
    },
    tails: { rows: m.tails.rows, grid: toBase64(m.tails.grid) },
    parts: Object.fromEntries(PART_NAMES.map((name, i) => [name, calibration(m.parts[i])])),
    fused: calibration(m.fused),
  };
  const text = JSON.stringify(body);
  return JSON.stringify({ sha256: digest(text), body });
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const refuse = (text: string, hint: string): WardwireError =>
  new WardwireError('model', text, [{ path: 'model file', text, hint }]);

/** Reads a model file. @throws WardwireError('model') when it is damaged or of another schema; the reason is named */
export function parseModel(text: string, schema: FeatureSchema): Model {
  let doc: { sha256?: unknown; body?: Record<string, unknown> };
  try {
    doc = JSON.parse(text) as typeof doc;
  } catch (cause) {
    throw new WardwireError('model', 'the model file is not JSON', [], { cause });
  }
  const b = doc?.body as Record<string, never> | undefined;
  if (b === undefined || b === null || b.schema !== MODEL_SCHEMA) {
    const other = /^wardwire\.model\.v\d{1,4}$/.exec(String(b?.schema))?.[0];
    throw refuse(
      other === undefined
        ? `not a model file of schema ${MODEL_SCHEMA}`
        : `the model file is of schema ${other}, this program reads ${MODEL_SCHEMA}`,
      RELEARN,
    );
  }
  const sum = digest(JSON.stringify(b));
  if (doc.sha256 !== sum) throw refuse('the model file was changed or damaged: its digest does not fit', RELEARN);
  if (b.feature_schema !== schema.id) {
    const names = (b.features ?? []) as readonly string[];
    const odd = schema.features.filter((f) => !names.includes(f.name)).map((f) => f.name);
    const words = odd.length === 0 ? '' : `; not in the model: ${odd.slice(0, 5).join(', ')}`;
    throw refuse(
      `the model of ${b.type} was trained on feature schema ${b.feature_schema}, this program has ${schema.id}${words}`,
      RELEARN,
    );
  }
  try {
    return read(b, sum);
  } catch (cause) {
    throw new WardwireError('model', `the model file cannot be read: ${(cause as Error).message}`, [], { cause });
  }
}

function read(b: Record<string, never>, sum: string): Model {
  const t = b.transform as Record<string, unknown>;
  const column = int16(t.column);
  const width = column.length;
  const values = t.values as number;
  const widths = [uint8(t.log), float64(t.median), float64(t.spread), float64(t.low), float64(t.high)] as const;
  if (!Number.isInteger(values) || values > width || widths.some((a) => a.length !== width)) {
    throw new Error('its transform is inconsistent');
  }
  const tails = b.tails as Record<string, unknown>;
  const grid = float64(tails.grid);
  if (grid.length !== width * GRID) throw new Error('its quantiles are inconsistent');
  const parts = b.parts as Record<string, unknown>;
  return {
    id: `${b.type}-${sum.slice(0, ID_DIGITS)}`,
    type: b.type,
    schemaId: b.feature_schema,
    seed: b.seed,
    variant: b.variant,
    rows: b.rows,
    fromUs: b.from_us,
    untilUs: b.until_us,
    transform: {
      column,
      values,
      log: widths[0],
      median: widths[1],
      spread: widths[2],
      low: widths[3],
      high: widths[4],
    },
    forest: readTrees(b.forest, width),
    mass: readTrees(b.mass, width),
    autoencoder: readEnsemble(b.autoencoder, width),
    tails: tailTable(width, tails.rows as number, grid),
    parts: PART_NAMES.map((name) => readCalibration(parts[name])),
    fused: readCalibration(b.fused),
  };
}

/** Trees whose every step goes forward inside the arrays: scoring then needs no checks. */
function readTrees(doc: unknown, width: number): PackedTrees {
  const d = doc as Record<string, unknown>;
  const t = {
    roots: int32(d.roots),
    feature: int16(d.feature),
    threshold: float64(d.threshold),
    right: int32(d.right),
    value: float64(d.value),
  };
  const n = t.feature.length;
  let ok = t.threshold.length === n && t.right.length === n && t.value.length === n && t.roots.length > 0;
  for (const r of t.roots) ok &&= r >= 0 && r < n;
  for (let i = 0; i < n && ok; i++) {
    if (t.feature[i] === LEAF) continue;
    ok = t.feature[i] >= 0 && t.feature[i] < width && t.right[i] > i + 1 && t.right[i] < n;
  }
  if (!ok) throw new Error('its trees are inconsistent');
  return packed(t);
}

/** An ensemble whose every index stays inside its arrays. */
function readEnsemble(doc: unknown, width: number): Ensemble {
  const d = doc as Record<string, unknown>;
  const e: Ensemble = {
    width,
    columns: int16(d.columns),
    starts: int32(d.starts),
    weights: float64(d.weights),
    centre: float64(d.centre),
    spread: float64(d.spread),
  };
  const k = e.starts.length - 1;
  let ok = d.width === width && k > 0 && e.starts[0] === 0 && e.starts[k] === e.columns.length;
  ok &&= e.centre.length === k + 1 && e.spread.length === k + 1 && e.columns.every((c) => c >= 0 && c < width);
  let weights = 0;
  for (let c = 0; c <= k && ok; c++) {
    const n = c < k ? e.starts[c + 1] - e.starts[c] : k;
    ok = n > 0 && n <= width;
    weights += weightsOf(n, hiddenOf(n));
  }
  if (!ok || weights !== e.weights.length) throw new Error('its autoencoders are inconsistent');
  return e;
}

function readCalibration(doc: unknown): Calibration {
  const d = doc as Record<string, unknown>;
  const tail = d.tail as number[];
  const c = { scores: float64(d.scores), atLeast: float64(d.at_least), n: d.n as number };
  if (c.scores.length !== c.atLeast.length || !Array.isArray(tail) || tail.length !== 4) {
    throw new Error('its calibration is inconsistent');
  }
  return { ...c, tail: [tail[0], tail[1], tail[2], tail[3]] };
}
