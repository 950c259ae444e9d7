import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Random } from '../../src/core/random.js';
import { Coverage } from '../support/hostile/coverage.js';

t.setTimeout(180_000);
// before the decoders are loaded
const coverage = new Coverage();
const { captureFile, readHostile } = await import('../support/hostile/capture-files.js');
const { CORPUS, framesOf, Stage } = await import('../support/hostile/run.js');

/** Share of the decoders' lines that the corpus runs at least, and octets it may have. */
const FLOOR = 0.85;
const LARGEST = 500_000;
/** Capture files made of their grammar and changed; WARDWIRE_FILES for more. */
const FILES = Number(process.env.WARDWIRE_FILES ?? '1500');

t.test('the corpus reaches the decoders', async (t) => {
  const stage = new Stage();
  for (const f of await framesOf(CORPUS)) stage.packet(f);
  stage.pipeline.finish();
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-files-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'capture');
  const rng = new Random(10);
  let refused = 0;
  for (let i = 0; i < FILES; i++) {
    writeFileSync(file, captureFile(rng));
    if ((await readHostile(file)) < 0) refused++;
  }
  t.comment(`${FILES} capture files, ${refused} refused`);
  coverage.add(coverage.since());
  const rows = coverage.table();
  for (const r of rows) t.comment(`${r.folder}: ${r.run} of ${r.all} lines, ${((100 * r.run) / r.all).toFixed(1)} %`);
  const sum = rows[rows.length - 1];
  t.ok(sum.run / sum.all >= FLOOR, `${((100 * sum.run) / sum.all).toFixed(1)} % of ${sum.all} lines of decoders`);
  t.equal(stage.errors, 0);
  t.same(stage.uncounted(), []);
  t.ok(statSync(CORPUS).size <= LARGEST, 'small');
});
