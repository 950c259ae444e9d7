// docs/licences.md: every library of the lock file with its licence; what is not plainly permissive is named.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that ask for no more than their notice. */
const PERMISSIVE = new Set([
  ...[
    'MIT',
    'MIT-0',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'CC0-1.0',
    'Python-2.0',
  ],
  ...['WTFPL', 'Unlicense', 'Zlib'],
]);
/** Packages whose manifest names no SPDX licence: what their own LICENSE says. */
const LOOKED_UP = { cap: 'MIT', 'jsonc-simple-parser': 'MIT' };
/** Licences that are not in the list above, looked at by a person. */
const JUDGED = {
  'CC-BY-3.0': 'a list of names with attribution; used while building, not shipped',
};

/** Whether a licence, or one of those to choose from, is permissive. */
const permissive = (expression) =>
  expression
    .replace(/[()]/g, '')
    .split(/ OR /)
    .some((choice) => choice.split(/ AND /).every((l) => PERMISSIVE.has(l.trim())));

/** Libraries of a lock file: name, version, licence, whether it is shipped. */
export function libraries(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const seen = new Map();
  for (const [path, p] of Object.entries(packages)) {
    if (path === '') continue;
    const name = path.replace(/^.*node_modules\//, '');
    const licence = p.license ?? LOOKED_UP[name] ?? 'unknown';
    const key = `${name}@${p.version}`;
    const shipped = p.dev !== true && p.devOptional !== true;
    seen.set(key, { name, version: p.version, licence, shipped: shipped || seen.get(key)?.shipped === true });
  }
  return [...seen.values()].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1,
  );
}

/** Those that are neither permissive nor judged. */
export const unknownLicences = (all) => all.filter((l) => !permissive(l.licence) && JUDGED[l.licence] === undefined);

export function licencesPage(root) {
  const all = libraries(root);
  const shipped = all.filter((l) => l.shipped);
  const building = all.filter((l) => !l.shipped);
  const count = (list) => {
    const by = new Map();
    for (const l of list) by.set(l.licence, (by.get(l.licence) ?? 0) + 1);
    return [...by].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  };
  const named = all.filter((l) => !permissive(l.licence));
  return [
    '# Licences',
    '',
    'Generated from `package-lock.json` (`npm run generate`). Wardwire itself is Apache-2.0. The installed package carries the same list with',
    'hashes as CycloneDX (`wardwire.cdx.json`), Node.js with its own LICENSE, and links libpcap (BSD-3-Clause) of the system.',
    '',
    '## Shipped, or installed with it',
    '',
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...shipped.map((l) => `| ${l.name} | ${l.version} | ${l.licence} |`),
    '',
    '## Used while building and testing',
    '',
    '| licence | packages |',
    '| --- | --- |',
    ...count(building).map(([licence, n]) => `| ${licence} | ${n} |`),
    '',
    '## To be named',
    '',
    'Licences that ask for more than their notice, or that nobody has looked at. None of them is copyleft, and none of the packages is shipped.',
    '',
    ...named.map((l) => `- ${l.name} ${l.version}, ${l.licence}: ${JUDGED[l.licence] ?? 'NOT LOOKED AT'}.`),
    '',
  ].join('\n');
}
