import type { IsolationForest } from 'ml-isolation-forest';
import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { growLibraryTrees } from '../../../src/detect/forest/grow.js';
import { averagePath, packLibraryTrees } from '../../../src/detect/forest/pack.js';
import { addContributions, meanValue } from '../../../src/detect/forest/score.js';
import { Matrix } from '../../../src/detect/matrix.js';

function cloud(rows: number, width: number, seed: number): Matrix {
  const r = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * width }, () => r.normal()),
    width,
  );
}
/** The library's own rest of a path, with its misplaced constant. */
const libraryRest = (n: number): number =>
  n <= 1 ? 0 : n === 2 ? 1 : 2 * Math.log(n - 1) + 0.57721 - (2 * (n - 1)) / n;

t.test('c(n): values of Liu, Ting and Zhou', async (t) => {
  t.equal(averagePath(0), 0);
  t.equal(averagePath(1), 0);
  t.equal(averagePath(2), 1);
  t.ok(Math.abs(averagePath(256) - 10.2448) < 1e-3, String(averagePath(256)));
  t.ok(Math.abs(averagePath(3) - 1.2074) < 1e-3, String(averagePath(3)));
});

t.test('packed path lengths equal the library’s own, tree by tree', async (t) => {
  const m = cloud(600, 6, 1);
  const trees = growLibraryTrees(m, 20, 256, new Random(5));
  const probe = cloud(50, 6, 2);
  for (const tree of trees) {
    const packed = packLibraryTrees([tree], libraryRest);
    for (let r = 0; r < probe.rows; r++) {
      const row = probe.data.slice(r * 6, r * 6 + 6);
      const own = (tree as unknown as InstanceType<typeof IsolationForest>['forest'][0]).pathLengthFromRoot(
        [...row],
        0,
      );
      if (meanValue(packed, row) !== own) t.fail(`row ${r}: ${meanValue(packed, row)} is not ${own}`);
    }
  }
  t.pass(`${trees.length * probe.rows} paths`);
});

t.test('the same seed grows the same trees, another seed others, and the global dice come back', async (t) => {
  const m = cloud(300, 4, 1);
  const global = Math.random;
  const a = packLibraryTrees(growLibraryTrees(m, 5, 64, new Random(9)));
  const b = packLibraryTrees(growLibraryTrees(m, 5, 64, new Random(9)));
  const c = packLibraryTrees(growLibraryTrees(m, 5, 64, new Random(10)));
  t.same(a, b);
  t.notSame(a.threshold, c.threshold);
  t.equal(Math.random, global);
});

t.test('contributions and the root add up to the answer', async (t) => {
  const m = cloud(300, 4, 1);
  const trees = packLibraryTrees(growLibraryTrees(m, 10, 128, new Random(3)));
  const x = Float64Array.from([9, 0, 0, 0]);
  const out = new Float64Array(4);
  addContributions(trees, x, out);
  let root = 0;
  for (const r of trees.roots) root += trees.value[r] / trees.roots.length;
  const sum = out.reduce((a, v) => a + v, 0);
  t.ok(Math.abs(root - sum - meanValue(trees, x)) < 1e-9);
  t.equal(out.indexOf(Math.max(...out)), 0, 'the outlying feature leads');
});
