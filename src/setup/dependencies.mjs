// npm packages as the lock file says, with their compiled parts.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const newer = (a, b) => statSync(a).mtimeMs > statSync(b).mtimeMs;

/*
 * No package runs a script when it is installed (.npmrc): what has to be compiled is compiled below by name, and stands in
 * package.json's allowScripts.
 */
/** Packages whose install script is not run, and why they work without. */
export const REFUSED_SCRIPTS = {
  esbuild: 'its program comes as a package of its own; the script would only check it',
  libxmljs2: 'only to check bills of materials in XML, which are not written',
};

export const DATABASE = 'better-sqlite3';

/** Optional compiled packages, and what is lost without them. */
export const OPTIONAL = {
  cap: 'the portable capture source is not available',
  'unix-dgram': 'systemd is not told of readiness and progress',
};

/** Lock file and Node's binary interface: compiled parts fit only both. */
function stampOf(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.versions.modules} ${process.arch}`;
}

function npm(root, args, say) {
  // Headers that came with this Node spare node-gyp a download.
  const prefix = dirname(dirname(process.execPath));
  const env = { ...process.env };
  if (existsSync(join(prefix, 'include', 'node', 'node.h'))) env.npm_config_nodedir = prefix;
  say(`npm ${args.join(' ')}`);
  const r = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (r.error) return 'npm is not on the path';
  if (r.status === 0) return null;
  // npm says the reason first and then explains itself at length
  const lines = `${r.stdout}${r.stderr}`.split('\n').filter((l) => l.replace('npm error', '').trim() !== '');
  return lines.slice(0, 15).join('\n');
}

/** Whether a package with a compiled part can be loaded by this Node. */
function loads(root, script) {
  return spawnSync(process.execPath, ['-e', script], { cwd: root, stdio: 'ignore' }).status === 0;
}

/** Brings node_modules in line. Returns null or what went wrong; notes (not fatal) go to `say`. */
export function installDependencies(root, say) {
  const stampPath = join(root, 'node_modules', '.wardwire-setup');
  const installed = join(root, 'node_modules', '.package-lock.json');
  const stamp = stampOf(root);
  const had = existsSync(stampPath) ? readFileSync(stampPath, 'utf8') : null;
  if (had === stamp && existsSync(installed)) return null;
  // An install made by hand (npm ci) after the last change of the lock file counts.
  if (had !== null || !existsSync(installed) || newer(join(root, 'package-lock.json'), installed)) {
    const problem = npm(root, ['ci'], say);
    if (problem !== null) return `npm ci failed:\n${problem}`;
  }
  // npm may hold back install scripts, and a new Node needs the binding compiled again.
  const sqlite = "new (require('better-sqlite3'))(':memory:').close()";
  if (!loads(root, sqlite)) {
    const problem = npm(root, ['rebuild', DATABASE, '--ignore-scripts=false'], say);
    if (problem !== null || !loads(root, sqlite)) {
      return `the database binding ${DATABASE} cannot be built:\n${problem ?? 'it does not load'}`;
    }
  }
  for (const [name, lost] of Object.entries(OPTIONAL)) {
    if (!existsSync(join(root, 'node_modules', name)) || loads(root, `require('${name}')`)) continue;
    const problem = npm(root, ['rebuild', name, '--ignore-scripts=false'], say);
    if (problem !== null || !loads(root, `require('${name}')`)) {
      say(`note: the optional package ${name} cannot be built; ${lost}`);
    }
  }
  writeFileSync(stampPath, stamp);
  return null;
}
