import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { nearestHint, type Problem, type SettingsSection, settingsDefaults } from '../core/index.js';
import { checkValue, completeValue } from './check.js';

export type Values = Record<string, Record<string, unknown>>;

/** What the files that come with the program say, by their text, as JSON (`src/setup/shipped-yaml.mjs`); read once a process. */
let shipped: ReadonlyMap<string, string> | null = null;

function shippedTexts(): ReadonlyMap<string, string> {
  try {
    return new Map(JSON.parse(readFileSync(new URL('../../shipped-yaml.json', import.meta.url), 'utf8')));
  } catch {
    // built without it: everything is parsed
    return new Map();
  }
}

/** Parses YAML; syntax errors are problems with line and column. */
export function readYaml(text: string, path: string): { value: unknown; problems: Problem[] } {
  shipped ??= shippedTexts();
  const known = shipped.get(text);
  if (known !== undefined) return { value: JSON.parse(known), problems: [] };
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const problems = doc.errors.map((e): Problem => {
    const { line, col } = lines.linePos(e.pos[0]);
    return { path: `${path} line ${line}`, text: `${e.message} (column ${col})` };
  });
  return { value: problems.length > 0 ? null : doc.toJS({ maxAliasCount: 10 }), problems };
}

/**
 * Reads a configuration text against the manifest. Every problem is listed at once with its place; values are complete
 * (defaults where nothing is said) and only to be used when there is no problem.
 */
export function loadConfig(
  text: string,
  path: string,
  manifest: readonly SettingsSection[],
): { values: Values; problems: Problem[] } {
  const values: Values = {};
  for (const s of manifest) values[s.name] = settingsDefaults(s) as Record<string, unknown>;
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems: Problem[] = doc.errors.map((e) => ({
    path: `${path} line ${lines.linePos(e.pos[0]).line}`,
    text: e.message,
  }));
  if (problems.length > 0 || doc.contents === null) return { values, problems };
  const lineOf = (node: unknown): string => {
    const range = (node as { range?: [number, number, number] } | null)?.range;
    return range ? ` (${path} line ${lines.linePos(range[0]).line})` : ` (${path})`;
  };
  if (!isMap(doc.contents)) {
    problems.push({ path, text: 'must be a map of sections', hint: manifest.map((s) => s.name).join(', ') });
    return { values, problems };
  }
  for (const pair of doc.contents.items) {
    const name = keyOf(pair.key);
    const section = manifest.find((s) => s.name === name);
    if (section === undefined) {
      problems.push({
        path: `${name}${lineOf(pair.key)}`,
        text: 'is not a section',
        hint: meant(
          name,
          manifest.map((s) => s.name),
        ),
      });
    } else if (isMap(pair.value)) readSection(section, pair.value, values[name], problems, lineOf);
    else if (pair.value !== null && !(isScalar(pair.value) && pair.value.value === null)) {
      problems.push({ path: `${name}${lineOf(pair.key)}`, text: 'must be a map of settings' });
    }
  }
  return { values, problems };
}

function readSection(
  section: SettingsSection,
  map: YAMLMap,
  into: Record<string, unknown>,
  problems: Problem[],
  lineOf: (n: unknown) => string,
): void {
  const known = Object.keys(section.settings);
  for (const pair of map.items) {
    const key = keyOf(pair.key);
    const place = `${section.name}.${key}${lineOf(pair.key)}`;
    const setting = section.settings[key];
    if (setting === undefined) {
      problems.push({ path: place, text: 'is not a setting', hint: meant(key, known) });
      continue;
    }
    const value: unknown = (pair.value as { toJSON?: () => unknown } | null)?.toJSON?.() ?? null;
    const wrong = checkValue(setting, value);
    if (wrong === null) into[key] = completeValue(setting, value);
    else problems.push({ path: place, text: wrong.text, hint: wrong.hint });
  }
}

const keyOf = (key: unknown): string => (isScalar(key) ? String(key.value) : String(key));

function meant(name: string, known: readonly string[]): string {
  return nearestHint(name, known, `known: ${known.join(', ')}`);
}
