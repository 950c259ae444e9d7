import t from 'tap';
import { Progress } from '../../src/runtime/progress.js';

t.test('what stands still is named, what is not meant to run is not', async (t) => {
  let now = 1000;
  const p = new Progress(() => now);
  let a = 0;
  let b: number | null = 5;
  p.watch('a', () => a);
  p.watch('b', () => b);
  for (let i = 0; i < 20; i++) {
    now += 1000;
    a++;
    p.tick();
    t.same(p.stalled(10_000), i < 11 ? [] : ['b'], `after ${i + 1} s`);
  }
  t.same(
    p.last().map(([name, ms]) => [name, now - ms]),
    [
      ['a', 0],
      ['b', 19_000],
    ],
  );
  b = null;
  p.tick();
  t.same(p.stalled(10_000), [], 'between two lives nobody waits for it');
  b = 5;
  now += 1000;
  p.tick();
  t.same(p.stalled(10_000), [], 'a new life begins with a full span');
  // the wall clock steps ahead by an hour: whatever moved since is not stalled
  a++;
  b = 6;
  now += 3_600_000;
  p.tick();
  t.same(p.stalled(10_000), []);
});
