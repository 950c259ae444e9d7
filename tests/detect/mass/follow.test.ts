import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { meanValue } from '../../../src/detect/forest/score.js';
import { FollowedMass } from '../../../src/detect/mass/follow.js';
import { growHalfSpaceTrees } from '../../../src/detect/mass/half-space.js';
import { Matrix } from '../../../src/detect/matrix.js';

const WIDTH = 6;
const ROWS = 800;
const HOUR_US = 3600e6;

function rowAt(r: Random, middle: number): Float64Array {
  return Float64Array.from({ length: WIDTH }, () => middle + 0.3 * r.normal());
}

function grown() {
  const r = new Random(1);
  const data = new Float64Array(ROWS * WIDTH);
  for (let i = 0; i < ROWS; i++) data.set(rowAt(r, 0), i * WIDTH);
  const trees = growHalfSpaceTrees(new Matrix(data, WIDTH), 50, 12, new Random(2));
  return { r, trees };
}

t.test('before it follows anything it says what the model says', async (t) => {
  const { r, trees } = grown();
  const f = new FollowedMass(trees, ROWS, 3600);
  for (let i = 0; i < 200; i++) {
    const x = rowAt(r, i % 3);
    const [still, follows] = [meanValue(trees, x), meanValue(f.trees, x) - f.shift];
    t.ok(Math.abs(still - follows) < 1e-9, `${still} is ${follows}`);
  }
});

t.test('what has become ordinary is no longer rare, what was is forgotten by halves; the model stays', async (t) => {
  const { r, trees } = grown();
  const f = new FollowedMass(trees, ROWS, 3600);
  const density = (middle: number): number => {
    const q = new Random(9);
    let sum = 0;
    for (let i = 0; i < 100; i++) sum += meanValue(f.trees, rowAt(q, middle)) - f.shift;
    return sum / 100;
  };
  const before = { old: density(0), news: density(1.5), model: meanValue(trees, new Float64Array(WIDTH)) };
  t.ok(before.old - before.news > 2, `${before.old} is far denser than ${before.news}`);
  // half a row a second for four half-lives
  for (let i = 0; i < 7200; i++) f.learn(rowAt(r, 1.5), i * 2e6);
  t.ok(density(1.5) > before.news + 2, `${density(1.5)} after ${before.news}`);
  t.ok(density(0) < before.old - 2, `${density(0)} after ${before.old}`);
  t.equal(meanValue(trees, new Float64Array(WIDTH)), before.model);
});

t.test('a long silence ages as its half-lives say, and nothing but numbers comes of it', async (t) => {
  const { r, trees } = grown();
  const f = new FollowedMass(trees, ROWS, 3600);
  f.learn(rowAt(r, 0), 0);
  const shift = f.shift;
  f.learn(rowAt(r, 0), 10 * HOUR_US);
  // ten half-lives leave a thousandth, and one new row
  t.ok(Math.abs(2 ** f.shift - (1.5 + (2 ** shift - 0.5) / 1024)) < 0.2, String(2 ** f.shift));
  f.learn(rowAt(r, 0), 1e6 * HOUR_US);
  t.ok(Number.isFinite(meanValue(f.trees, rowAt(r, 0)) - f.shift));
});
