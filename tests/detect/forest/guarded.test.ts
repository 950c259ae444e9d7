import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { growLibraryTrees } from '../../../src/detect/forest/grow.js';
import { growGuardedTrees } from '../../../src/detect/forest/guarded.js';
import { packLibraryTrees } from '../../../src/detect/forest/pack.js';
import { meanValue } from '../../../src/detect/forest/score.js';
import { growHalfSpaceTrees } from '../../../src/detect/mass/half-space.js';
import { Matrix } from '../../../src/detect/matrix.js';

function cloud(seed: number): Matrix {
  const r = new Random(seed);
  // the last column never varies
  return new Matrix(
    Float64Array.from({ length: 1000 * 4 }, (_, i) => (i % 4 === 3 ? 0 : r.normal())),
    4,
  );
}
const score = (trees: Parameters<typeof meanValue>[0], ...x: number[]): number =>
  -meanValue(trees, Float64Array.from(x));

t.test(
  'a row outside everything seen scores above the benign extremes; the plain forest cannot tell them apart',
  async (t) => {
    const m = cloud(1);
    let extreme = 0;
    for (let r = 0; r < m.rows; r++) extreme = Math.max(extreme, m.at(r, 0));
    const guarded = growGuardedTrees(m, 100, 256, new Random(2));
    const mass = growHalfSpaceTrees(m, 50, 12, new Random(2));
    const plain = packLibraryTrees(growLibraryTrees(m, 100, 1000, new Random(2)));
    for (const trees of [guarded, mass]) {
      t.ok(score(trees, extreme * 3, 0, 0, 0) > score(trees, extreme, 0, 0, 0) + 0.05, 'beyond is rarer than extreme');
    }
    t.equal(score(plain, extreme * 3, 0, 0, 0), score(plain, extreme, 0, 0, 0), 'same leaves');
  },
);

t.test('a change of a feature that never varied is seen', async (t) => {
  const m = cloud(1);
  for (const trees of [growGuardedTrees(m, 100, 256, new Random(2)), growHalfSpaceTrees(m, 50, 12, new Random(2))]) {
    t.ok(score(trees, 0, 0, 0, 3) > score(trees, 0, 0, 0, 0) + 0.2);
  }
});

t.test('same seed, same trees', async (t) => {
  const m = cloud(1);
  t.same(growGuardedTrees(m, 10, 64, new Random(2)), growGuardedTrees(m, 10, 64, new Random(2)));
  t.same(growHalfSpaceTrees(m, 5, 10, new Random(2)), growHalfSpaceTrees(m, 5, 10, new Random(2)));
});
