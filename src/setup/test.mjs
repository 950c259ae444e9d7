// npm test [-- PART-OF-PATH …]: set-up, then every compiled test whose path contains one of the parts.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { run } from 'node:test';
import { prepare, root } from './prepare.mjs';
import reporter from './reporter.mjs';

const TOGETHER = 2;
/** A test that measures loss or delay says so in its source: a neighbour on the same cores would be measured with it. */
const ALONE = /^\/\/ runs alone: /m;

function* testFiles(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* testFiles(path);
    else if (entry.name.endsWith('.test.js')) yield path;
  }
}

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort()).once('SIGINT', () => stop.abort());

/** Events of the tests that bear neighbours, then of those that run alone. */
async function* events(files) {
  const source = (path) => join(root, relative(base, path).replace(/\.js$/, '.ts'));
  const alone = new Set(files.filter((path) => ALONE.test(readFileSync(source(path), 'utf8'))));
  const stages = [
    [files.filter((path) => !alone.has(path)), TOGETHER],
    [[...alone], 1],
  ];
  for (const [chosen, concurrency] of stages) {
    if (chosen.length > 0 && !stop.signal.aborted) yield* run({ files: chosen, concurrency, signal: stop.signal });
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
process.chdir(root);
// tap gives a file half a minute; on a busy machine some need more
process.env.TAP_TIMEOUT ??= '600';
const sum = { passed: 0, failed: 0, skipped: 0 };
for await (const line of reporter(events(chosen), sum)) process.stdout.write(line);
process.exitCode = sum.failed > 0 || stop.signal.aborted ? 1 : 0;
