import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { fitCalibration, pValueOf } from '../../../src/detect/model/calibration.js';

const normals = (n: number, seed: number): Float64Array => {
  const r = new Random(seed);
  return Float64Array.from({ length: n }, () => r.normal());
};

t.test('inside the held-back rows p is conformal: (rank + 1) / (n + 1)', async (t) => {
  const c = fitCalibration(Float64Array.from([1, 2, 3, 4]));
  t.equal(pValueOf(c, 0), 1);
  t.equal(pValueOf(c, 1), 1);
  t.equal(pValueOf(c, 3), 3 / 5);
  t.equal(pValueOf(c, 3.5), 2 / 5);
  t.equal(pValueOf(c, 4), 2 / 5);
  t.ok(pValueOf(c, 4.1) <= 1 / 5);
  t.equal(pValueOf(fitCalibration(new Float64Array(0)), 5), 1, 'nothing held back: nothing is odd');
});

t.test('p never grows with the score', async (t) => {
  const c = fitCalibration(normals(5000, 1));
  let last = 1;
  for (let s = -5; s < 12; s += 0.01) {
    const p = pValueOf(c, s);
    if (p > last + 1e-15) t.fail(`p grows at ${s}`);
    last = p;
  }
  t.ok(last > 0 && last < 1e-4);
});

t.test('promised false alarms are kept within a factor, below 1/n too', async (t) => {
  for (const [alpha, n, atMost] of [
    [0.01, 500, 3],
    [0.001, 2000, 4],
    [0.0001, 2000, 6],
  ] as const) {
    let real = 0;
    for (let rep = 0; rep < 10; rep++) {
      const c = fitCalibration(normals(n, rep + 1));
      let hits = 0;
      for (const s of normals(20_000, rep + 100)) if (pValueOf(c, s) < alpha) hits++;
      real += hits / 20_000 / 10;
    }
    t.ok(real <= alpha * atMost, `${alpha}: ${real}`);
  }
});
