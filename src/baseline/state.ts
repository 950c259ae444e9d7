import { LearnedSet, WardwireError } from '../core/index.js';
import { LIFE_NAMES, type LifeName } from './owners.js';

export const LEARNED_SCHEMA = 'wardwire.learned.v2';
/** Written before devices had a review; read as finished by the clock alone. */
const OLDER = 'wardwire.learned.v1';

const SET_NAMES = Object.keys(LearnedSet) as (keyof typeof LearnedSet)[];
const EMPTY = 'use the learned state of this site key, or remove it to learn anew';

/** What one device has learned, by its stable id. Times are µs since 1970. */
export interface DeviceState {
  readonly id: string;
  /** Device type when it was written, '' unknown. */
  readonly type: string;
  readonly state: LifeName;
  readonly frozen: boolean;
  readonly firstUs: number;
  readonly learnedUs: number;
  /** Begin of the review, NaN before. */
  readonly reviewUs: number;
  readonly rows: number;
  readonly hits: number;
  /** Doubts as bits (`Doubt`), and the features in which it differs from its type. */
  readonly doubt: number;
  readonly unlike: readonly string[];
  /** Keys by set number, and the hour (since 1970) each was last seen. */
  readonly sets: readonly (readonly number[])[];
  readonly hours: readonly (readonly number[])[];
  /** Medians and spreads of its features (base64), '' none; counts of gaps between packets by bin. */
  readonly history: string;
  readonly gaps: readonly number[];
}

export interface LearnedState {
  /** Feature schema the histories were taken under. */
  readonly schemaId: string;
  readonly devices: readonly DeviceState[];
}

/** Begin and end of a learned state's text; between them one line a device, so that it can be compared and cut. */
export function stateHead(seed: number, schemaId: string): string {
  return `{"schema":"${LEARNED_SCHEMA}","seed":${seed | 0},"feature_schema":"${schemaId}","devices":[\n`;
}
export const STATE_TAIL = '\n]}\n';

/** One device of a learned state as JSON. Keys are hashes: no addresses. */
export function deviceLine(d: DeviceState): string {
  const sets: Record<string, unknown> = {};
  const seen: Record<string, unknown> = {};
  for (const n of SET_NAMES) {
    if ((d.sets[LearnedSet[n]]?.length ?? 0) === 0) continue;
    sets[n] = d.sets[LearnedSet[n]];
    seen[n] = d.hours[LearnedSet[n]];
  }
  return JSON.stringify({
    id: d.id,
    type: d.type,
    state: d.state,
    frozen: d.frozen,
    first_us: d.firstUs,
    learned_us: d.learnedUs,
    review_us: Number.isNaN(d.reviewUs) ? null : d.reviewUs,
    rows: d.rows,
    hits: d.hits,
    doubt: d.doubt,
    unlike: d.unlike,
    sets,
    seen_h: seen,
    history: d.history,
    gaps: d.gaps,
  });
}

const whole = (x: unknown, fallback: number): number =>
  Number.isInteger(x) && (x as number) >= 0 ? (x as number) : fallback;
const numbers = (x: unknown): x is number[] => Array.isArray(x) && x.every((k) => Number.isInteger(k));

/** Reads a learned state. `seed` null: whatever key it was hashed under. @throws WardwireError('model') when it is not one, or was hashed under another seed */
export function readState(text: string, seed: number | null): LearnedState {
  let doc: Record<string, unknown>;
  try {
    doc = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new WardwireError('model', 'the learned state is not JSON', [], { cause });
  }
  if ((doc?.schema !== LEARNED_SCHEMA && doc?.schema !== OLDER) || !Array.isArray(doc.devices)) {
    throw new WardwireError('model', `the learned state is not of schema ${LEARNED_SCHEMA}`);
  }
  if (seed !== null && doc.seed !== (seed | 0)) {
    throw new WardwireError('model', 'the learned state belongs to another site key', [
      { path: 'learned state', text: 'hashed under another key', hint: EMPTY },
    ]);
  }
  const devices = (doc.devices as Record<string, unknown>[]).map((d, i) => readDevice(d, i + 1));
  return { schemaId: typeof doc.feature_schema === 'string' ? doc.feature_schema : '', devices };
}

function readDevice(d: Record<string, unknown>, nth: number): DeviceState {
  const bad = (what: string): never => {
    throw new WardwireError('model', `the learned state's device ${nth}${what}`);
  };
  const ok = typeof d?.id === 'string' && Number.isFinite(d.first_us) && Number.isFinite(d.learned_us);
  if (!ok || typeof d.sets !== 'object' || d.sets === null) bad(' is not readable');
  const sets: number[][] = [];
  const hours: number[][] = [];
  for (const name of SET_NAMES) {
    const keys = (d.sets as Record<string, unknown>)[name] ?? [];
    if (!numbers(keys)) return bad(`: ${name} is not a list of keys`);
    const seen = ((d.seen_h ?? {}) as Record<string, unknown>)[name];
    sets[LearnedSet[name]] = keys;
    const last = Math.floor((d.learned_us as number) / 3.6e9);
    hours[LearnedSet[name]] = numbers(seen) && seen.length === keys.length ? seen : keys.map(() => last);
  }
  const state = d.state === undefined ? 'learning' : (d.state as LifeName);
  if (!LIFE_NAMES.includes(state)) bad(`: unknown state ${String(d.state).slice(0, 20)}`);
  return {
    id: d.id as string,
    type: typeof d.type === 'string' ? d.type : '',
    state,
    frozen: d.frozen === true,
    firstUs: d.first_us as number,
    learnedUs: d.learned_us as number,
    reviewUs: Number.isFinite(d.review_us) ? (d.review_us as number) : Number.NaN,
    rows: whole(d.rows, 0xffffffff),
    hits: whole(d.hits, 0),
    doubt: whole(d.doubt, 0) & 7,
    unlike: Array.isArray(d.unlike) ? d.unlike.filter((x): x is string => typeof x === 'string').slice(0, 16) : [],
    sets,
    hours,
    history: typeof d.history === 'string' ? d.history : '',
    gaps: numbers(d.gaps) ? d.gaps : [],
  };
}
