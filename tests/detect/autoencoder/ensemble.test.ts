import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { clusterColumns } from '../../../src/detect/autoencoder/clusters.js';
import { ensembleScore, Scratch, trainEnsemble } from '../../../src/detect/autoencoder/ensemble.js';
import { Matrix } from '../../../src/detect/matrix.js';

const WIDTH = 7;

/** Columns 0…2 go together, 3 and 4 run against each other, 5 is alone, 6 never varies. */
function rows(n: number, seed: number): Matrix {
  const r = new Random(seed);
  const data = new Float64Array(n * WIDTH);
  for (let i = 0; i < n; i++) {
    const [a, b] = [r.normal(), r.normal()];
    data.set([a, a + 0.05 * r.normal(), -a + 0.05 * r.normal(), b, -b + 0.05 * r.normal(), r.normal(), 0], i * WIDTH);
  }
  return new Matrix(data, WIDTH);
}

const SETTINGS = { cluster: 3, shown: 20_000 };

t.test('columns that go together, either way, share a cluster; none is larger than asked', async (t) => {
  const clusters = clusterColumns(rows(2000, 1), 3);
  t.same(
    clusters.find((c) => c.includes(0)),
    [0, 1, 2],
  );
  t.ok(clusters.find((c) => c.includes(3))!.includes(4));
  t.ok(clusters.every((c) => c.length <= 3));
  t.same(clusters.flat().sort(), [0, 1, 2, 3, 4, 5, 6], 'every column once');
  t.same(clusterColumns(rows(2000, 1), 1).length, WIDTH);
});

t.test('same rows and dice, same weights', async (t) => {
  const train = (seed: number) => trainEnsemble(rows(500, 1), SETTINGS, new Random(seed));
  t.same(train(3), train(3));
  t.notSame(train(3).weights, train(4).weights);
});

t.test('a broken relation between usual values is odd, and the columns that broke it carry the residual', async (t) => {
  const e = trainEnsemble(rows(3000, 1), SETTINGS, new Random(2));
  const s = new Scratch(WIDTH);
  const score = (x: number[], shares: Float64Array | null = null): number =>
    ensembleScore(e, Float64Array.from(x), s, shares);
  const held = rows(500, 9);
  const usual = Array.from({ length: 500 }, (_, r) => score([...held.data.subarray(r * WIDTH, (r + 1) * WIDTH)])).sort(
    (a, b) => a - b,
  );
  const high = usual[494];
  t.ok(score([1.2, 1.2, -1.2, 0, 0, 0, 0]) < high, 'as learned');
  const shares = new Float64Array(WIDTH);
  t.ok(score([1.2, -1.2, -1.2, 0, 0, 0, 0], shares) > high, 'each value is usual, together they are not');
  t.ok(shares[1] > shares[3] && shares[1] > shares[5]);
  t.ok(score([0, 0, 0, 0, 0, 0, 4]) > high, 'a column that never varied');
});

t.test('what lies far outside scores the higher the farther', async (t) => {
  const e = trainEnsemble(rows(1000, 1), SETTINGS, new Random(2));
  const s = new Scratch(WIDTH);
  const at = (z: number): number => ensembleScore(e, Float64Array.from([0, 0, 0, 0, 0, z, 0]), s, null);
  t.ok(at(4) < at(10) && at(10) < at(30));
});
