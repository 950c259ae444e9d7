import { nearestHint, type RecordsSetting, type Setting } from '../core/index.js';

/** What is wrong with a value, or null. */
export function checkValue(s: Setting, value: unknown): { text: string; hint?: string } | null {
  switch (s.type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : { text: `must be true or false, not ${show(value)}` };
    case 'integer':
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return { text: `must be a number, not ${show(value)}` };
      if (s.type === 'integer' && !Number.isInteger(value)) return { text: `must be a whole number, not ${value}` };
      if (value < s.min || value > s.max)
        return { text: `must be from ${s.min} to ${s.max}, not ${value}`, hint: `default ${s.default}` };
      return null;
    }
    case 'enum':
      return typeof value === 'string' && s.values.includes(value)
        ? null
        : { text: `must be one of ${s.values.join(', ')}, not ${show(value)}` };
    case 'string':
      if (typeof value !== 'string') return { text: `must be text, not ${show(value)}`, hint: 'quote it' };
      if (s.maxLength !== undefined && value.length > s.maxLength)
        return { text: `is longer than ${s.maxLength} characters` };
      if (s.pattern !== undefined && !new RegExp(`^(?:${s.pattern})$`).test(value))
        return { text: `does not match ${s.pattern}` };
      return null;
    case 'strings': {
      if (!Array.isArray(value)) return { text: `must be a list, not ${show(value)}` };
      if (s.maxItems !== undefined && value.length > s.maxItems) return { text: `has more than ${s.maxItems} entries` };
      const bad = value.find(
        (v) => typeof v !== 'string' || (s.pattern !== undefined && !new RegExp(`^(?:${s.pattern})$`).test(v)),
      );
      return bad === undefined ? null : { text: `has an entry that does not fit: ${show(bad)}` };
    }
    case 'records':
      return checkRecords(s, value);
  }
}

/** All that is wrong with the entries of a list of maps. */
function checkRecords(s: RecordsSetting, value: unknown): { text: string; hint?: string } | null {
  if (!Array.isArray(value)) return { text: `must be a list, not ${show(value)}` };
  if (value.length > s.maxItems) return { text: `has more than ${s.maxItems} entries` };
  const wrong: string[] = [];
  let hint: string | undefined;
  value.forEach((entry: unknown, i) => {
    const at = `entry ${i + 1}`;
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      wrong.push(`${at} must be a map, not ${show(entry)}`);
      return;
    }
    for (const [key, v] of Object.entries(entry)) {
      const bad = Object.hasOwn(s.fields, key) ? checkValue(s.fields[key], v) : { text: 'is not a setting' };
      if (bad === null) continue;
      wrong.push(`${at}: ${key} ${bad.text}`);
      if (!Object.hasOwn(s.fields, key))
        hint ??= nearestHint(key, Object.keys(s.fields), Object.keys(s.fields).join(', '));
    }
    for (const key of s.required) if (!Object.hasOwn(entry, key)) wrong.push(`${at}: ${key} is missing`);
  });
  return wrong.length === 0 ? null : { text: wrong.join('; '), hint };
}

/** A valid value with the defaults of what a map of a list leaves out. */
export function completeValue(s: Setting, value: unknown): unknown {
  if (s.type !== 'records') return value;
  const defaults = Object.fromEntries(Object.entries(s.fields).map(([k, f]) => [k, f.default]));
  return (value as object[]).map((entry) => ({ ...defaults, ...entry }));
}

function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'object'
    ? Array.isArray(value)
      ? 'a list'
      : 'a section'
    : `'${String(value).slice(0, 40)}'`;
}
