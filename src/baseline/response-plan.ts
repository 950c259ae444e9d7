import {
  nearestHint,
  type Problem,
  RESPONSE_LEVELS,
  RESTRICTIONS,
  type ResponseLevel,
  type ResponsePlan,
  type Restriction,
  SEVERITIES,
  type Severity,
} from '../core/index.js';

const KEYS = ['levels', 'notify', 'restrict', 'steps'] as const;
const STEPS = ['notify', 'restrict-recommended', 'emergency'] as const;
const ROLE = /^[a-z0-9][a-z0-9-]{0,39}$/;
const MAX_ROLES = 8;
const MAX_TEXT = 400;

/** Judges the `response` part of a profile; every problem goes to `problems` under its dotted place. */
export function readResponse(profile: Record<string, unknown>, path: string, problems: Problem[]): ResponsePlan {
  const bad = (key: string, text: string, hint?: string): void => {
    problems.push({ path: `${path}: response${key}`, text, ...(hint === undefined ? {} : { hint }) });
  };
  const map = (v: unknown, key: string): Record<string, unknown> => {
    if (typeof v === 'object' && v !== null && !Array.isArray(v)) return v as Record<string, unknown>;
    bad(key, v === undefined ? 'is missing' : 'must be a map');
    return {};
  };
  const known = (of: Record<string, unknown>, key: string, names: readonly string[]): void => {
    for (const k of Object.keys(of)) {
      if (!names.includes(k))
        bad(`${key}.${k}`, 'is not known here', nearestHint(k, names, `known are ${names.join(', ')}`));
    }
  };
  const one = <V extends string>(v: unknown, key: string, values: readonly V[]): V => {
    if (typeof v === 'string' && (values as readonly string[]).includes(v)) return v as V;
    const hint = typeof v === 'string' ? nearestHint(v, values, undefined) : undefined;
    bad(key, v === undefined ? 'is missing' : `must be one of ${values.join(', ')}`, hint);
    return values[0];
  };
  const doc = map(profile.response, '');
  known(doc, '', KEYS);

  const given = map(doc.levels, '.levels');
  known(given, '.levels', SEVERITIES);
  const levels = {} as Record<Severity, ResponseLevel>;
  let highest = 0;
  for (const s of SEVERITIES) {
    levels[s] = one(given[s], `.levels.${s}`, RESPONSE_LEVELS);
    const rank = RESPONSE_LEVELS.indexOf(levels[s]);
    if (rank < highest)
      bad(`.levels.${s}`, 'is less than that of a lower severity', `write ${RESPONSE_LEVELS[highest]}`);
    highest = Math.max(highest, rank);
  }

  const roles = Array.isArray(doc.notify) ? (doc.notify as unknown[]) : [];
  if (!Array.isArray(doc.notify) || roles.length === 0 || roles.length > MAX_ROLES)
    bad('.notify', `must be a list of 1 to ${MAX_ROLES} roles`);
  roles.forEach((x, i) => {
    if (typeof x !== 'string' || !ROLE.test(x)) bad(`.notify[${i}]`, 'must be a lower-case name');
  });

  const restrict: Restriction = one(doc.restrict, '.restrict', RESTRICTIONS);
  if (restrict === 'isolate' && profile.isolate !== true)
    bad('.restrict', 'is isolate, but isolate is not true', 'write isolate: true, or restrict: learned');

  const texts = map(doc.steps, '.steps');
  known(texts, '.steps', STEPS);
  const steps = {} as Record<(typeof STEPS)[number], string>;
  for (const k of STEPS) {
    const v = texts[k];
    const ok = typeof v === 'string' && v.trim() !== '' && v.length <= MAX_TEXT;
    if (!ok) bad(`.steps.${k}`, v === undefined ? 'is missing' : `must be a text of 1 to ${MAX_TEXT} characters`);
    steps[k] = ok ? v.trim() : '';
  }
  return { levels, notify: roles.filter((x): x is string => typeof x === 'string'), restrict, steps };
}
