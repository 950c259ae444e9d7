import t from 'tap';
import { monotonicUs, randomSeed, wallUs } from '../../src/capture/index.js';

t.test('wall time lies in the millisecond the system tells and moves between', async (t) => {
  let inside = 0;
  const fractions = new Set<number>();
  for (let i = 0; i < 20_000; i++) {
    const before = Date.now() * 1000;
    const us = wallUs();
    // an ulp of today's times is a quarter of a microsecond
    if (us >= before - 1 && us <= Date.now() * 1000 + 1001) inside++;
    fractions.add(Math.floor(us) % 1000);
  }
  t.equal(inside, 20_000);
  t.ok(fractions.size > 50, `${fractions.size} different parts of a millisecond`);
});

t.test('monotonic time never runs back', async (t) => {
  let last = monotonicUs();
  let back = 0;
  for (let i = 0; i < 1000; i++) {
    const now = monotonicUs();
    if (now < last) back++;
    last = now;
  }
  t.equal(back, 0);
});

t.test('seeds are 31 bits and differ', async (t) => {
  const seeds = new Set(Array.from({ length: 100 }, randomSeed));
  t.ok(seeds.size > 95);
  t.ok([...seeds].every((s) => Number.isInteger(s) && s >= 0 && s < 2 ** 31));
});
