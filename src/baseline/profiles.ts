import {
  APP_PROTO_NAMES,
  type Criticality,
  type DeviceClass,
  isolatingSentences,
  nearestHint,
  type Problem,
  type Profile,
} from '../core/index.js';
import { readResponse } from './response-plan.js';

const CLASSES: readonly DeviceClass[] = ['LC', 'PM', 'IM', 'PA', 'IE', 'WS'];
const CRITICALITIES: readonly Criticality[] = ['life-critical', 'high', 'medium', 'low'];
const KEYS = [
  'title',
  'device_class',
  'criticality',
  'budget_ms',
  'protocols',
  'peers',
  'external',
  'isolate',
  'safe_step',
  'response',
  'silence_s',
  'expect',
] as const; // prettier-ignore

/** A type's name: what may stand in a topic level. */
const TYPE_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
const MAX_BUDGET_MS = 60_000;
const MAX_SILENCE_S = 604_800;

/** Collects problems of one document under dotted paths. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #doc: Record<string, unknown>;
  readonly #path: string;
  constructor(doc: Record<string, unknown>, path: string) {
    this.#doc = doc;
    this.#path = path;
  }

  bad(key: string, text: string, hint?: string): void {
    this.problems.push({ path: `${this.#path}: ${key}`, text, ...(hint === undefined ? {} : { hint }) });
  }

  text(key: string, maxLength: number): string {
    const v = this.#doc[key];
    if (typeof v === 'string' && v.trim() !== '' && v.length <= maxLength) return v.trim();
    this.bad(key, v === undefined ? 'is missing' : `must be a text of 1 to ${maxLength} characters`);
    return '';
  }

  one<V extends string>(key: string, values: readonly V[]): V {
    const v = this.#doc[key];
    if (typeof v === 'string' && (values as readonly string[]).includes(v)) return v as V;
    this.bad(
      key,
      v === undefined ? 'is missing' : `must be one of ${values.join(', ')}`,
      typeof v === 'string' ? nearestHint(v, values, undefined) : undefined,
    );
    return values[0];
  }

  number(key: string, min: number, max: number): number {
    const v = this.#doc[key];
    if (typeof v === 'number' && v >= min && v <= max) return v;
    this.bad(key, v === undefined ? 'is missing' : `must be a number from ${min} to ${max}`);
    return min;
  }

  flag(key: string): boolean {
    const v = this.#doc[key];
    if (typeof v === 'boolean') return v;
    this.bad(key, v === undefined ? 'is missing' : 'must be true or false');
    return false;
  }

  words(key: string, known: readonly string[] | null): readonly string[] {
    const v = this.#doc[key];
    if (!Array.isArray(v)) {
      this.bad(key, v === undefined ? 'is missing' : 'must be a list');
      return [];
    }
    v.forEach((w, i) => {
      if (typeof w !== 'string' || !TYPE_NAME.test(w)) this.bad(`${key}[${i}]`, 'must be a lower-case name');
      else if (known !== null && !known.includes(w)) {
        this.bad(`${key}[${i}]`, `unknown name ${w}`, nearestHint(w, known, undefined));
      }
    });
    return v.filter((w): w is string => typeof w === 'string');
  }

  ranges(key: string): Record<string, readonly [number, number]> {
    const v = this.#doc[key] ?? {};
    const out: Record<string, readonly [number, number]> = {};
    if (typeof v !== 'object' || v === null || Array.isArray(v)) {
      this.bad(key, 'must be a map of feature names to [low, high]');
      return out;
    }
    for (const [name, r] of Object.entries(v)) {
      const ok = Array.isArray(r) && r.length === 2 && r.every((n) => typeof n === 'number' && Number.isFinite(n));
      if (!ok) this.bad(`${key}.${name}`, 'must be two numbers [low, high]');
      else if (r[0] > r[1]) this.bad(`${key}.${name}`, 'the low end is above the high end', `write [${r[1]}, ${r[0]}]`);
      else out[name] = [r[0], r[1]];
    }
    return out;
  }
}

/** What a profile of a device that keeps somebody alive or watches him may never say. */
function guardPatient(p: Profile, r: Reader): void {
  const of = `for device class ${p.deviceClass}`;
  const restrict = p.response?.restrict;
  if (restrict === 'learned' || restrict === 'isolate')
    r.bad('response.restrict', `is never ${restrict} ${of}`, 'write peer or none');
  const texts = [
    ['safe_step', p.safeStep],
    ...Object.entries(p.response?.steps ?? {}).map(([k, v]) => [`response.steps.${k}`, v]),
  ];
  for (const [key, text] of texts) {
    if (isolatingSentences(text).length > 0)
      r.bad(
        key,
        `tells people to take the device off the network, which is never advised ${of}`,
        'say what to do at the bedside',
      );
  }
}

/**
 * Judges the parsed object of one profile file. `type` is the file's name without `.yaml`. Every problem is named;
 * `profile` is null when there is any.
 */
export function parseProfile(
  doc: unknown,
  path: string,
  type: string,
): { profile: Profile | null; problems: readonly Problem[] } {
  if (typeof doc !== 'object' || doc === null || Array.isArray(doc)) {
    return { profile: null, problems: [{ path, text: 'must be a map of profile fields' }] };
  }
  const r = new Reader(doc as Record<string, unknown>, path);
  if (!TYPE_NAME.test(type)) {
    r.bad('(file name)', `${type} cannot be a device type`, 'use lower-case letters, digits and hyphens');
  }
  for (const key of Object.keys(doc)) {
    if ((KEYS as readonly string[]).includes(key)) continue;
    r.bad(key, 'is not a profile field', nearestHint(key, KEYS, `fields are ${KEYS.join(', ')}`));
  }
  const profile: Profile = {
    type,
    title: r.text('title', 80),
    deviceClass: r.one('device_class', CLASSES),
    criticality: r.one('criticality', CRITICALITIES),
    budgetMs: r.number('budget_ms', 1, MAX_BUDGET_MS),
    protocols: r.words('protocols', APP_PROTO_NAMES),
    peers: r.words('peers', null),
    external: r.flag('external'),
    isolate: r.flag('isolate'),
    safeStep: r.text('safe_step', 400),
    expect: r.ranges('expect'),
    silenceS: r.number('silence_s', 0, MAX_SILENCE_S),
    ...(Object.hasOwn(doc, 'response')
      ? { response: readResponse(doc as Record<string, unknown>, path, r.problems) }
      : {}),
  };
  // a ward must never be told to cut a device that keeps somebody alive or watches him
  if (profile.isolate && (profile.deviceClass === 'LC' || profile.deviceClass === 'PM')) {
    r.bad('isolate', `is never true for device class ${profile.deviceClass}`, 'write isolate: false');
  }
  if (profile.deviceClass === 'LC' || profile.deviceClass === 'PM') guardPatient(profile, r);
  return { profile: r.problems.length === 0 ? profile : null, problems: r.problems };
}
