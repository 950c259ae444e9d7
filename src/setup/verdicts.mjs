// docs/verdicts.md: every field of a verdict, from its JSON Schema.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const cell = (text) => text.replaceAll('|', '\\|');

function typeOf(schema) {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((v) => `\`${v}\``).join(', ');
  const types = [schema.type].flat();
  const words = types.filter((t) => t !== 'null').map((t) => (t === 'array' ? 'list' : t));
  return `${words.join(' or ')}${types.includes('null') ? ', may be null' : ''}`;
}

function* rows(schema, path) {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const at = path === '' ? name : `${path}.${name}`;
    const optional = (schema.required ?? []).includes(name) ? '' : ' (optional)';
    yield `| \`${at}\` | ${cell(typeOf(field))} | ${cell(`${field.description ?? ''}${optional}`)} |`;
    yield* rows(field, at);
    if (field.items?.properties !== undefined) yield* rows(field.items, `${at}[]`);
  }
}

export function verdictsPage(root) {
  const schema = JSON.parse(readFileSync(join(root, 'config', 'schema', 'verdict.schema.json'), 'utf8'));
  return [
    '# A verdict, field by field',
    '',
    'Generated from `config/schema/verdict.schema.json` (`npm run generate`), which subscribers may validate against: form',
    '`wardwire.verdict.v1`. Fields are added within a version, never renamed and never taken away. Ways to get verdicts, and the same verdict as ECS,',
    'OCSF and CEF: [siem.md](siem.md). What each scenario means: [threats.md](threats.md). What never stands in a verdict: [privacy.md](privacy.md).',
    '',
    'The topic is `wardwire/v1/{site}/{sensor}/verdict/{severity}/{device type}/{device}`.',
    '',
    '| field | type | meaning |',
    '| --- | --- | --- |',
    ...rows(schema, ''),
    '',
    '## An example',
    '',
    '```json',
    JSON.stringify(schema.examples[0], null, 2),
    '```',
    '',
  ].join('\n');
}
