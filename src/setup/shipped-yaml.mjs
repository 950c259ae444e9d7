// The YAML files that come with the program, read once at build time: parsing them took a third of every start. The program uses what is
// kept here only for a text that is still the same, octet by octet; an edited file is parsed as any other.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

const require = createRequire(import.meta.url);

/** Texts with what they say, as JSON: those that JSON can say too. */
function shippedYaml(texts) {
  // loaded here: setting up begins before the packages are there
  const { parse } = require('yaml');
  const kept = [];
  for (const text of texts) {
    const value = parse(text, { maxAliasCount: 10 });
    const json = JSON.stringify(value);
    if (isDeepStrictEqual(JSON.parse(json), value)) kept.push([text, json]);
  }
  return kept;
}

/** Writes dist/shipped-yaml.json when the texts, or the library that reads them, are others than those it was made of. */
export function writeShippedYaml(root) {
  const dir = join(root, 'profiles');
  const names = readdirSync(dir, { recursive: true }).filter((n) => n.endsWith('.yaml'));
  const texts = names.sort().map((n) => readFileSync(join(dir, n), 'utf8'));
  const { version } = require('yaml/package.json');
  const now = createHash('sha256')
    .update(JSON.stringify([version, texts]))
    .digest('hex');
  const path = join(root, 'dist', 'shipped-yaml.json');
  const stamp = join(root, 'dist', '.shipped-yaml');
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(shippedYaml(texts)));
  writeFileSync(stamp, now);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeShippedYaml(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
}
