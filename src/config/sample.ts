import { stringify } from 'yaml';
import type { Reload, Setting, SettingsSection } from '../core/index.js';

/** What a setting may be, in words. */
export function rangeOf(s: Setting): string {
  switch (s.type) {
    case 'integer':
    case 'number':
      return `${s.min} … ${s.max}`;
    case 'enum':
      return s.values.join(' | ');
    case 'boolean':
      return 'true | false';
    case 'strings':
      return 'list';
    case 'records':
      return `list of maps with ${Object.keys(s.fields).join(', ')}; required: ${s.required.join(', ')}`;
    case 'string':
      return s.pattern ?? 'text';
  }
}

/** When a changed value is taken, in words. */
const TAKEN: Readonly<Record<Reload, string>> = {
  live: 'taken at a reload',
  restart: 'taken at a restart',
};

/** The complete commented configuration: every section and setting with its default. */
export function sampleYaml(manifest: readonly SettingsSection[]): string {
  const out = [
    '# Wardwire configuration. Every setting with its default; what is left out keeps it.',
    '# Paths are relative to this file. Check with: wardwire check-config FILE',
    '# Secrets (*_file): a path, or credential:NAME for the file NAME of /etc/wardwire/credentials, which systemd hands to the service alone.',
    '# Where a section or a setting says "taken at a reload", systemctl reload wardwire is enough.',
    '',
  ];
  for (const section of manifest) {
    out.push(`# ${section.text} (${TAKEN[section.reload]})`, `${section.name}:`);
    for (const [key, s] of Object.entries(section.settings)) {
      const taken = s.reload === undefined || s.reload === section.reload ? '' : `; ${TAKEN[s.reload]}`;
      for (const line of wrap(`${s.text} (${rangeOf(s)}${taken})`, 104)) out.push(`  # ${line}`);
      const yaml = stringify({ [key]: s.default }, { lineWidth: 0 }).trimEnd();
      out.push(...yaml.split('\n').map((l) => `  ${l}`));
    }
    out.push('');
  }
  return out.join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** JSON Schema 2020-12 of the configuration, for editors. */
export function jsonSchemaOf(manifest: readonly SettingsSection[]): Record<string, unknown> {
  const one = (s: Setting): Record<string, unknown> => {
    const base = { description: s.text, default: s.default };
    switch (s.type) {
      case 'integer':
      case 'number':
        return { ...base, type: s.type, minimum: s.min, maximum: s.max };
      case 'boolean':
        return { ...base, type: 'boolean' };
      case 'enum':
        return { ...base, enum: s.values };
      case 'strings':
        return {
          ...base,
          type: 'array',
          items: { type: 'string', ...(s.pattern ? { pattern: `^(?:${s.pattern})$` } : {}) },
        };
      case 'records':
        return {
          ...base,
          type: 'array',
          maxItems: s.maxItems,
          items: {
            type: 'object',
            additionalProperties: false,
            required: s.required,
            properties: Object.fromEntries(Object.entries(s.fields).map(([k, f]) => [k, one(f)])),
          },
        };
      case 'string':
        return { ...base, type: 'string', ...(s.pattern ? { pattern: `^(?:${s.pattern})$` } : {}) };
    }
  };
  const section = (x: SettingsSection): Record<string, unknown> => ({
    type: ['object', 'null'],
    description: x.text,
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(x.settings).map(([k, s]) => [k, one(s)])),
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Wardwire configuration',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(manifest.map((s) => [s.name, section(s)])),
  };
}
