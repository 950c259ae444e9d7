import t from 'tap';
import { Random } from '../../src/core/index.js';

t.test('the same seed gives the same numbers, another seed others', async (t) => {
  const take = (seed: number): number[] => {
    const r = new Random(seed);
    return Array.from({ length: 50 }, () => r.u32());
  };
  t.same(take(7), take(7));
  t.notSame(take(7), take(8));
});

t.test('uniform enough to sample with', async (t) => {
  const r = new Random(1);
  const bins = new Array<number>(16).fill(0);
  for (let i = 0; i < 160_000; i++) bins[r.int(16)]++;
  for (const b of bins) t.ok(Math.abs(b - 10_000) < 500, `bin ${b}`);
  let sum = 0;
  let sq = 0;
  for (let i = 0; i < 100_000; i++) {
    const x = r.normal();
    sum += x;
    sq += x * x;
  }
  t.ok(Math.abs(sum / 1e5) < 0.02);
  t.ok(Math.abs(sq / 1e5 - 1) < 0.03);
});
