// The program as few files: esbuild puts each entry and its libraries into one, so that an installed sensor starts quickly and
// carries nothing it does not use. Packages with compiled parts stay beside it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { build } from 'esbuild';

/** The program, and every worker thread a module starts from a file beside it; relative to dist/src, where they keep their places. */
export function entries(source) {
  const found = ['main.js'];
  for (const path of readdirSync(source, { recursive: true })) {
    if (!path.endsWith('.js')) continue;
    const text = readFileSync(join(source, path), 'utf8');
    for (const [, file] of text.matchAll(/new Worker\(\s*new URL\('(\.[^']+)', import\.meta\.url\)/g)) {
      found.push(posix.join(posix.dirname(path.split(sep).join('/')), file));
    }
  }
  return found.sort();
}

/** What is made at build time and read at run time, beside dist/src. */
const TABLES = ['makers.bin', 'shipped-yaml.json'];

/** Packages that cannot be bundled: they load compiled parts from their own folder. */
export const WITH_ADDON = ['better-sqlite3', 'unix-dgram', 'cap'];

/**
 * A module finds its neighbours (workers, tables, the package's root) from `import.meta.url`. Inside a bundle that is the
 * bundle's place, so each module is told its own.
 */
function ownPlaces(source, entry) {
  const from = posix.dirname(entry);
  return {
    name: 'own-places',
    setup(b) {
      b.onLoad({ filter: /\.js$/ }, ({ path }) => {
        const inside = relative(source, path);
        if (inside.startsWith('..')) return undefined;
        const contents = readFileSync(path, 'utf8');
        if (!contents.includes('import.meta.url')) return undefined;
        let place = posix.relative(from, inside.split(sep).join('/'));
        if (!place.startsWith('.')) place = `./${place}`;
        return {
          contents: contents.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)}, import.meta.url).href`),
          loader: 'js',
        };
      });
    },
  };
}

/** Bundles dist/src of `root` into `out`, its tables beside that. Modules with an `import.meta.url` of their own must not be moved. */
export async function bundle(root, out) {
  const source = join(root, 'dist', 'src');
  for (const entry of entries(source)) {
    const outfile = join(out, entry);
    mkdirSync(dirname(outfile), { recursive: true });
    await build({
      absWorkingDir: root,
      entryPoints: [join(source, entry)],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      external: [...WITH_ADDON, 'bufferutil', 'utf-8-validate'],
      // libraries in CommonJS call require for Node's own modules
      banner: {
        js: "import { createRequire as bundledRequire } from 'node:module'; const require = bundledRequire(import.meta.url);",
      },
      legalComments: 'none',
      logLevel: 'error',
      plugins: [ownPlaces(source, entry)],
    });
  }
  for (const table of TABLES) copyFileSync(join(root, 'dist', table), join(dirname(out), table));
}
