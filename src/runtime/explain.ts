import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asDeviceShows, asTypeShows } from '../baseline/index.js';
import {
  type Ack,
  type BasisRow,
  Counters,
  LearnedSet,
  type Lesson,
  type Mute,
  type Normal,
  type Verdict,
  type VerdictBasis,
  type VerdictReason,
  WardwireError,
} from '../core/index.js';
import { catalogue, createScorer, type Model, parseModel } from '../detect/index.js';
import { EvidenceReader, identitiesOf } from '../evidence/index.js';
import { featureSchema } from '../features/index.js';
import type { LoggedVerdict } from '../store/index.js';
import { covers } from '../verdict/index.js';
import { configuredProfiles, evidenceDirOf, type LoadedConfig, modelDirOf, siteKeyOf } from './assemble.js';
import { decodeFile } from './decode.js';
import { openVerdicts, saidOfIncidents } from './incidents.js';
import { readModelDir } from './model-dir.js';
import type { TypeModel } from './model-file.js';

/** A p-value made again may differ by rounding only. */
const SAME = 1e-9;
const DEEP_EVENTS = 200;

/** A reason of a verdict, tried again. */
export interface ReasonAgain extends VerdictReason {
  /** What was observed lies outside what was expected; null where there is nothing to compare. */
  readonly outside: boolean | null;
  /** The stored row and the model give the same numbers; null for rules and without a row or model. */
  readonly agrees: boolean | null;
}

/** One number of a device at a verdict against what is usual for its type. */
export interface FeatureAgain {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** null: not observed. */
  readonly value: number | null;
  /** 1st and 99th percentile of the rows its model was trained from, as this device would show them; null without a model. */
  readonly low: number | null;
  readonly high: number | null;
  readonly outside: boolean;
  readonly text: string;
}

export interface LessonAgain {
  readonly set: string;
  readonly device: string;
  /** The device's learned state has it by now; null when there is no learned state. */
  readonly learned: boolean | null;
}

export type Agreement = 'agrees' | 'differs' | 'not scored then' | 'no row' | 'no model' | 'other features';

/** The whole chain behind a verdict, for people and programs. */
export interface Explanation {
  readonly verdict: Verdict;
  readonly sent: boolean;
  readonly packets: {
    readonly flow: VerdictBasis['flow'];
    readonly community_id: string | null;
    readonly evidence: (NonNullable<Verdict['evidence']> & { file: string | null; payload: string | null }) | null;
    /** What DICOM and HL7 said in the evidence, without patient data; null when it holds no payload or is encrypted. */
    readonly deep: readonly Readonly<Record<string, unknown>>[] | null;
  };
  readonly scenario: { readonly title: string; readonly class_severity: Readonly<Record<string, string>> } | null;
  readonly reasons: readonly ReasonAgain[];
  readonly lessons: readonly LessonAgain[];
  readonly features: readonly FeatureAgain[];
  readonly recomputed: {
    readonly state: Agreement;
    readonly p_value: number | null;
    readonly p_then: number | null;
    readonly detectors: readonly { readonly name: string; readonly share: number; readonly p?: number }[];
  };
  readonly said: { readonly ack: Ack | null; readonly mutes: readonly Mute[]; readonly normals: readonly Normal[] };
}

export interface ExplainOptions {
  /** A folder of models instead of the sensor's. */
  readonly modelDir: string | null;
  /** File with the secret key that opens encrypted evidence. */
  readonly identity: string | null;
}

/** Everything behind a verdict, or behind the newest verdict of an incident that was told with its numbers. @throws WardwireError */
export async function explainVerdict(config: LoadedConfig, id: string, o: ExplainOptions): Promise<Explanation> {
  const { verdict: v, basis, quiet } = find(config, id);
  const dir = o.modelDir ?? modelDirOf(config);
  const { models, learned } = readModelDir(dir, config.settings.baseline.model_key);
  const model = modelNamed(models, v.model.id);
  const scored = recompute(config, v, basis, model);
  const features = basis?.row?.schema === featureSchema.id ? featuresOf(basis.row, model?.model ?? null) : [];
  const words = saidOfIncidents(config);
  return {
    verdict: v,
    sent: !quiet,
    packets: {
      flow: basis?.flow ?? null,
      community_id: v.flow?.community_id ?? null,
      ...(await evidenceOf(config, v, basis?.flow ?? null, o.identity)),
    },
    scenario: scenarioText(v.scenario),
    reasons: v.reasons.map((r) => again(r, features, model !== null)),
    lessons: (basis?.lessons ?? []).map((l) => lessonAgain(l, learned)),
    features,
    recomputed: scored,
    said: {
      ack: words.inForce.acks.find((a) => a.incident === v.incident.id) ?? null,
      mutes: words.inForce.mutes.filter((m) => covers(m, v)),
      normals: words.normals.filter((n) => n.incident === v.incident.id || n.verdict === v.id),
    },
  };
}

function find(config: LoadedConfig, id: string): LoggedVerdict {
  const log = openVerdicts(config);
  try {
    const exact = log.verdict(id.toUpperCase());
    const incident = exact?.verdict.incident.id ?? log.incidentOf(id);
    if (exact === null && incident === null) {
      throw new WardwireError('usage', `no verdict or incident ${id} is in the log`, [
        { path: id, text: 'not found', hint: "see 'wardwire incidents list'; ids may be cut to 8 characters or more" },
      ]);
    }
    if (exact !== null && exact.basis !== null) return exact;
    const all = log.ofIncident(incident as string);
    // a closing verdict repeats one that was told before with its numbers
    const told = all.findLast((l) => l.basis !== null);
    if (exact !== null) {
      const same = all.findLast((l) => l.basis !== null && l.verdict.p_value === exact.verdict.p_value);
      return { ...exact, basis: (same ?? told)?.basis ?? null };
    }
    return told ?? (all.at(-1) as LoggedVerdict);
  } finally {
    log.close();
  }
}

function modelNamed(files: readonly TypeModel[], id: string): { model: Model; file: TypeModel } | null {
  for (const file of files) {
    try {
      const model = parseModel(file.text, featureSchema);
      if (model.id === id) return { model, file };
    } catch {
      // a model of other features or a damaged one explains nothing; the daemon has said so
    }
  }
  return null;
}

function recompute(
  config: LoadedConfig,
  v: Verdict,
  basis: VerdictBasis | null,
  model: { model: Model; file: TypeModel } | null,
): Explanation['recomputed'] {
  const none = (state: Agreement): Explanation['recomputed'] => ({
    state,
    p_value: null,
    p_then: v.p_value,
    detectors: [],
  });
  if (basis?.row === null || basis === null) return none('no row');
  if (basis.row.schema !== featureSchema.id) return none('other features');
  const profiles = configuredProfiles(config);
  const profile = model === null ? -1 : profiles.findIndex((p) => p.type === model.model.type);
  if (model === null || profile < 0) return none('no model');
  const scorer = createScorer({
    settings: config.settings.detect,
    schema: featureSchema,
    profiles,
    counters: new Counters(),
    deviceId: () => v.device.id,
  });
  scorer.setModel(model.file.text, model.file.own);
  const values = Float64Array.from(basis.row.values, (x) => x ?? Number.NaN);
  for (const [f, shift] of basis.row.shifts) values[f] = asTypeShows(featureSchema.features[f], values[f], shift);
  const score = scorer.score({ device: 0, tsUs: 0, values, schemaId: basis.row.schema }, profile);
  if (score === null) return none('no model');
  const { pValue, parts } = score;
  const state =
    v.p_value === null
      ? 'not scored then'
      : Math.abs(pValue - v.p_value) <= SAME * Math.max(pValue, v.p_value)
        ? 'agrees'
        : 'differs';
  return { state, p_value: pValue, p_then: v.p_value, detectors: parts.map((p) => ({ ...p })) };
}

function featuresOf(row: BasisRow, model: Model | null): FeatureAgain[] {
  const t = model?.transform;
  const shifts = new Map(row.shifts);
  return featureSchema.features.map((f, i) => {
    // a feature may have a second column that tells whether it was observed; its values come first
    const c = t === undefined ? -1 : t.column.indexOf(i);
    const usual = (x: number | undefined): number | null =>
      x === undefined || Number.isNaN(x) ? null : asDeviceShows(f, x, shifts.get(i) ?? 0);
    const low = usual(t?.low[c]);
    const high = usual(t?.high[c]);
    const value = row.values[i] ?? null;
    const outside = value !== null && ((low !== null && value < low) || (high !== null && value > high));
    const { name, label } = f;
    return { name, label, unit: f.unit, value, low, high, outside, text: sentence(label, f.unit, value, low, high) };
  });
}

/** As a person would say it. */
function sentence(label: string, unit: string, value: number | null, low: number | null, high: number | null): string {
  const u = unit === '' || unit === 'ratio' || unit === '0–1' ? '' : ` ${unit}`;
  if (value === null)
    return high === null
      ? `${label}: not observed`
      : `${label}: not observed; usual is ${show(low)} to ${show(high)}${u}`;
  if (high === null || low === null) return `${label}: ${show(value)}${u}`;
  if (value > high) return `${label}: ${show(value)}${u}; the 99th percentile for this device is ${show(high)}`;
  if (value < low) return `${label}: ${show(value)}${u}; the 1st percentile for this device is ${show(low)}`;
  return `${label}: ${show(value)}${u}, usual (${show(low)} to ${show(high)})`;
}

/** Four significant digits, plain. */
export function show(x: number | null): string {
  if (x === null) return '-';
  return Number.isInteger(x) && Math.abs(x) < 1e9 ? String(x) : String(Number(x.toPrecision(4)));
}

/** Tries a reason again: rules against their own bounds, features against the stored row and the model. */
function again(r: VerdictReason, features: readonly FeatureAgain[], haveModel: boolean): ReasonAgain {
  const { observed, expected_low: low, expected_high: high } = r;
  const compared = typeof observed === 'number' && (low !== null || high !== null);
  const outside = compared
    ? (low !== null && (observed as number) < low) || (high !== null && (observed as number) > high)
    : null;
  if (r.what === 'rule') return { ...r, outside, agrees: null };
  const f = features.find((x) => x.name === r.feature);
  // that a number was there at all, or not, has no range
  const bare = low === null && high === null;
  const agrees =
    f === undefined ? null : f.value === observed && (!haveModel || bare || (f.low === low && f.high === high));
  return { ...r, outside, agrees };
}

const SET_NAMES = Object.entries(LearnedSet);

function lessonAgain(l: Lesson, learned: string): LessonAgain {
  const set = SET_NAMES.find(([, n]) => n === l.set)?.[0] ?? String(l.set);
  if (learned === '') return { set, device: l.device, learned: null };
  const doc = JSON.parse(learned) as { devices: { id: string; sets: Record<string, number[]> }[] };
  const keys = doc.devices.find((d) => d.id === l.device)?.sets[set] ?? [];
  return { set, device: l.device, learned: keys.includes(l.key) };
}

function scenarioText(name: string): Explanation['scenario'] {
  const s = catalogue.find((x) => x.scenario === name);
  return s === undefined ? null : { title: s.title, class_severity: s.severity };
}

/** The capture behind a verdict, and what was said in it when it holds payload that can be read. */
async function evidenceOf(
  config: LoadedConfig,
  v: Verdict,
  flow: VerdictBasis['flow'],
  identity: string | null,
): Promise<Pick<Explanation['packets'], 'evidence' | 'deep'>> {
  if (v.evidence === null) return { evidence: null, deep: null };
  const dir = evidenceDirOf(config);
  const gone = { evidence: { ...v.evidence, file: null, payload: null }, deep: null };
  if (!existsSync(dir)) return gone;
  const reader = new EvidenceReader(dir);
  const entry = reader.list().find((e) => e.id === v.evidence?.id);
  if (entry === undefined) return gone;
  const evidence = { ...v.evidence, file: join(dir, entry.file), payload: entry.payload };
  const keys = identity === null ? [] : identitiesOf(identity);
  if (entry.payload !== 'full' || (entry.file.endsWith('.age') && keys.length === 0)) return { evidence, deep: null };
  // the readers take files; this one is for this account's eyes and gone in a moment
  const tmp = mkdtempSync(join(tmpdir(), 'wardwire-explain-'));
  try {
    const file = join(tmp, 'evidence.pcapng');
    writeFileSync(file, await reader.clear(entry, keys), { mode: 0o600 });
    const deep: Record<string, unknown>[] = [];
    await decodeFile(file, config.settings, siteKeyOf(config), {
      deep: true,
      event: (line) => {
        // a capture holds everything of the device: of this flow, the newest words
        if (line.kind === 'dicom.pdata') return;
        if (flow !== null && (line.initiator !== flow.initiator || line.responder !== flow.responder)) return;
        deep.push({ ...line });
        if (deep.length > DEEP_EVENTS) deep.shift();
      },
    });
    return { evidence, deep };
  } finally {
    rmSync(tmp, { recursive: true, force: true });
  }
}
