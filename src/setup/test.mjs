// npm test [-- PART-OF-PATH …]: set-up, then every compiled test whose path contains one of the parts.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { prepare, root } from './prepare.mjs';

// one at a time: live tests measure loss and delay, and a neighbour on the same cores would be measured with them
const CONCURRENCY = 1;

function* testFiles(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* testFiles(path);
    else if (entry.name.endsWith('.test.js')) yield path;
  }
}

prepare({ tests: true });
const parts = process.argv.slice(2).map((p) => p.replace(/\.ts$/, '.js').replace(/^\.\//, ''));
const base = join(root, 'dist');
const chosen = [...testFiles(join(base, 'tests'))]
  .filter((path) => parts.length === 0 || parts.some((p) => relative(base, path).split(sep).join('/').includes(p)))
  .sort();
if (chosen.length === 0) {
  process.stderr.write(`no test file matches ${parts.join(' ')}\n0 passed, 0 failed\n`);
  process.exit(2);
}
const reporter = join(root, 'src', 'setup', 'reporter.mjs');
const args = [
  '--test',
  `--test-concurrency=${CONCURRENCY}`,
  `--test-reporter=${reporter}`,
  '--test-reporter-destination=stdout',
];
// tap gives a file half a minute; on a busy machine some need more
const env = { TAP_TIMEOUT: '600', ...process.env };
const child = spawn(process.execPath, [...args, ...chosen], {
  cwd: root,
  env,
  stdio: ['ignore', 'inherit', 'inherit'],
});
// A terminal sends Ctrl-C to the whole group, so the child has it already; otherwise it is handed on.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT');
});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
});
