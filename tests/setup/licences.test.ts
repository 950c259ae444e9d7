import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { projectRoot } from '../support/wardwire.js';

// What comes from others: under which licence, and what of it may run while it is installed.
const root = projectRoot();
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const setup = <T>(name: string): Promise<T> =>
  import(pathToFileURL(join(root, 'src', 'setup', name)).href) as Promise<T>;

interface Library {
  readonly name: string;
  readonly licence: string;
  readonly shipped: boolean;
}

t.test('every library has a licence that is permissive or was looked at, and the page is current', async (t) => {
  const l = await setup<{
    libraries(root: string): Library[];
    unknownLicences(all: { name: string; licence: string }[]): Library[];
    licencesPage(root: string): string;
  }>('licences.mjs');
  const all = l.libraries(root);
  t.ok(all.length > 300, `${all.length} libraries`);
  t.same(l.unknownLicences(all), []);
  t.same(
    l
      .unknownLicences([
        { name: 'a', licence: 'GPL-3.0-only' },
        { name: 'b', licence: 'unknown' },
        { name: 'c', licence: 'MIT AND GPL-2.0-only' },
      ])
      .map((x) => x.name), // prettier-ignore
    ['a', 'b', 'c'],
    'copyleft and nothing at all are found',
  );
  t.same(l.unknownLicences([{ name: 'd', licence: '(GPL-2.0-only OR MIT)' }]), [], 'one may be chosen');
  t.equal(read('docs/licences.md'), l.licencesPage(root), 'npm run generate');
  t.ok(
    all.filter((x) => x.shipped).every((x) => !/GPL|CC-BY/.test(x.licence)),
    'nothing shipped asks for more than its notice',
  );
});

t.test('no script of a package runs when it is installed, but for those compiled by name', async (t) => {
  const { REFUSED_SCRIPTS, OPTIONAL, DATABASE } = await setup<{
    REFUSED_SCRIPTS: Record<string, string>;
    OPTIONAL: Record<string, string>;
    DATABASE: string;
  }>('dependencies.mjs');
  t.match(read('.npmrc'), /^ignore-scripts=true$/m);
  const compiled = [DATABASE, ...Object.keys(OPTIONAL)];
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version: string; hasInstallScript?: boolean; resolved?: string }>;
  };
  const nameOf = (path: string): string => path.replace(/^.*node_modules\//, '');
  for (const [path, p] of Object.entries(lock.packages)) {
    if (!p.hasInstallScript) continue;
    const name = nameOf(path);
    t.ok(
      compiled.includes(name) || name in REFUSED_SCRIPTS,
      `${name}: its script is allowed by name, or refused with a reason`,
    );
  }
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
  const versions = compiled.map((name) => `${name}@${lock.packages[`node_modules/${name}`].version}`);
  t.same(Object.keys(allowScripts).sort(), versions.sort(), 'the same by version in package.json');
  t.ok(
    Object.values(lock.packages).every((p) => p.resolved === undefined),
    'the lock file names no registry',
  ); // prettier-ignore
});
