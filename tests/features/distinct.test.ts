import t from 'tap';
import { Random } from '../../src/core/index.js';
import { DistinctWindow } from '../../src/features/distinct.js';

t.test('exact: agrees with a plain list at every step', async (t) => {
  const r = new Random(3);
  const w = new DistinctWindow(60, 256);
  const last = new Map<number, number>();
  let sec = 1000;
  for (let i = 0; i < 5000; i++) {
    if (r.int(3) === 0) sec += r.int(4);
    const key = r.int(80) - 40;
    w.add(key, sec);
    last.set(key, sec);
    const want = [...last.values()].filter((s) => s > sec - 60).length;
    if (w.count(sec) !== want) t.fail(`step ${i}: ${w.count(sec)} is not ${want}`);
  }
  t.equal(w.count(sec + 60), 0);
});

t.test('beyond the limit: within 5 % to 20,000 keys, and exact again when calm', async (t) => {
  for (const n of [300, 3000, 20000]) {
    const w = new DistinctWindow(600, 256);
    for (let k = 0; k < n; k++) w.add(k, 10 + Math.floor(k / 200));
    const got = w.count(110);
    t.ok(Math.abs(got - n) <= n * 0.05, `${got} of ${n}`);
    t.equal(w.count(5000), 0);
    for (let k = 0; k < 7; k++) w.add(k, 5001);
    t.equal(w.count(5001), 7);
  }
});

t.test('bitmaps forget what is older than the window and a third', async (t) => {
  const w = new DistinctWindow(600, 256);
  for (let k = 0; k < 1000; k++) w.add(k, 0);
  for (let k = 0; k < 400; k++) w.add(5000 + k, 900);
  const got = w.count(900);
  t.ok(got >= 350 && got <= 450, `${got}`);
});

t.test('add tells what is fresh', async (t) => {
  const w = new DistinctWindow(60, 256);
  t.equal(w.add(1, 0), true);
  t.equal(w.add(1, 10), false);
  t.equal(w.add(1, 100), true);
});
