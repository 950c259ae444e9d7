// Everything between a fresh checkout and a program that runs. Quiet and quick when nothing is to do.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './build-native.mjs';
import { compile } from './compile.mjs';
import { installDependencies } from './dependencies.mjs';
import { BUILD_PACKAGES, installCommand, installPackages, missingPackages, TEST_PACKAGES } from './packages.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const NODE_NEEDED = [20, 19];

/** sysexits: a service this needs is unavailable. */
const EXIT_UNAVAILABLE = 69;

const say = (line) => process.stderr.write(`setup: ${line}\n`);

function stop(line) {
  say(line);
  process.exit(EXIT_UNAVAILABLE);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [a, b] = NODE_NEEDED;
  if (major < a || (major === a && minor < b)) {
    stop(`Node ${NODE_NEEDED.join('.')} or newer is needed, this is ${process.versions.node}`);
  }
}

/** Debian packages; what cannot be installed is told, and fatal only when something cannot be built without it. */
function checkPackages(forTests) {
  const wanted = forTests ? [...BUILD_PACKAGES, ...TEST_PACKAGES] : BUILD_PACKAGES;
  const missing = missingPackages(wanted);
  if (missing === null) {
    say(`not a Debian system: please have a C compiler, make, python3 and libpcap headers (${wanted.join(' ')})`);
    return;
  }
  if (missing.length === 0) return;
  const problem = installPackages(missing, say);
  if (problem === null) return;
  const build = missing.filter((n) => BUILD_PACKAGES.includes(n));
  const built = existsSync(join(root, 'node_modules')) && existsSync(join(root, 'build', 'native'));
  if (build.length > 0 && !built) stop(`Debian packages are missing: ${problem}`);
  say(`${problem}${forTests ? '  (tests that need them are skipped)' : ''}`);
}

/** Node, Debian packages, npm packages, addon, build. Ends the process with a clear sentence when it cannot go on. */
export function prepare({ tests = false } = {}) {
  checkNode();
  checkPackages(tests);
  const dependencies = installDependencies(root, say);
  if (dependencies !== null) stop(dependencies);
  // Without the addon files still replay, and the portable source may capture: told, not fatal.
  const native = buildNative();
  if (native !== null)
    say(`${native}\n       (live capture is limited; ${installCommand(['build-essential', 'libpcap-dev'])})`);
  const compiled = compile(root, say);
  if (compiled !== null) stop(compiled);
}
