import { existsSync, readFileSync } from 'node:fs';
import { readYaml } from '../config/index.js';
import { nearestHint, type PlausibilityLimits, type Problem } from '../core/index.js';

const KEYS = ['signed_by', 'signed_on', 'analytes'];
const ANALYTE = ['name', 'codes', 'units', 'low', 'high'];

/** Reads a file of plausibility limits; `limits` is null when there is any problem. */
export function readLimits(path: string): { limits: PlausibilityLimits | null; problems: Problem[] } {
  if (!existsSync(path)) {
    const hint = 'give a YAML file like profiles/limits/adult.yaml or leave it empty';
    return { limits: null, problems: [{ path: 'hl7.limits_file', text: `${path} does not exist`, hint }] };
  }
  const { value, problems: syntax } = readYaml(readFileSync(path, 'utf8'), path);
  const problems: Problem[] = [...syntax];
  const bad = (where: string, text: string, hint?: string): void => {
    problems.push({ path: `${path} ${where}`, text, ...(hint === undefined ? {} : { hint }) });
  };
  if (problems.length > 0) return { limits: null, problems };
  if (!isMap(value)) return { limits: null, problems: [{ path, text: `must be a map of ${KEYS.join(', ')}` }] };
  unknown(value, KEYS, '', bad);
  const signedBy = value.signed_by ?? '';
  const signedOn = value.signed_on ?? '';
  if (typeof signedBy !== 'string') bad('signed_by', 'must be a name, or empty');
  else if (signedBy !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(String(signedOn)))
    bad('signed_on', 'a signature needs its day', "write signed_on: '2026-11-21'");
  const analytes: PlausibilityLimits['analytes'][number][] = [];
  if (!Array.isArray(value.analytes)) bad('analytes', 'must be a list');
  else
    for (const [i, a] of value.analytes.entries()) {
      const where = `analytes[${i}]`;
      if (!isMap(a)) {
        bad(where, `must be a map of ${ANALYTE.join(', ')}`);
        continue;
      }
      unknown(a, ANALYTE, `${where}.`, bad);
      const { name, low, high } = a;
      if (typeof name !== 'string' || name === '') bad(`${where}.name`, 'must be a name');
      for (const key of ['codes', 'units']) {
        const list = a[key];
        if (!Array.isArray(list) || list.length === 0 || list.some((x) => typeof x !== 'string' || x === ''))
          bad(`${where}.${key}`, 'must be a list of texts', "quote numbers: ['147842']");
      }
      if (typeof low !== 'number' || typeof high !== 'number') bad(`${where}.low`, 'low and high must be numbers');
      else if (low > high) bad(`${where}.low`, 'is above high');
      analytes.push(a as unknown as PlausibilityLimits['analytes'][number]);
    }
  return { limits: problems.length > 0 ? null : { signedBy: signedBy as string, analytes }, problems };
}

function isMap(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}

function unknown(
  map: Record<string, unknown>,
  known: readonly string[],
  at: string,
  bad: (where: string, text: string, hint?: string) => void,
): void {
  for (const key of Object.keys(map)) {
    if (known.includes(key)) continue;
    bad(`${at}${key}`, 'is not known here', nearestHint(key, known, `known are ${known.join(', ')}`));
  }
}
