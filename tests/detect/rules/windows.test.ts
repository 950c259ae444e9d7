import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { DistinctRing, RecentKeys, SumWindow } from '../../../src/detect/rules/windows.js';

t.test('the key unused longest leaves first, and use counts', (t) => {
  let made = 0;
  const keys = new RecentKeys(3, () => ({ n: made++ }));
  for (const k of [1, 2, 3]) keys.touch(k);
  const first = keys.touch(1);
  keys.touch(4);
  t.equal(keys.peek(2), undefined, 'the second was unused longest');
  t.equal(keys.touch(1), first);
  keys.delete(1);
  t.equal(keys.peek(1), undefined);
  keys.touch(5);
  t.same(
    [3, 4, 5].map((k) => keys.peek(k)?.n),
    [2, 3, 4],
    'the room of a deleted key is free',
  );
  t.end();
});

t.test('keys in any order behave as a list that is searched', (t) => {
  const random = new Random(7);
  const keys = new RecentKeys(8, () => ({}));
  const model: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const k = random.int(14);
    const at = model.indexOf(k);
    if (at >= 0) model.splice(at, 1);
    if (random.int(10) === 0) keys.delete(k);
    else {
      keys.touch(k);
      model.push(k);
      if (model.length > 8) model.shift();
    }
    for (let q = 0; q < 14; q++)
      if ((keys.peek(q) !== undefined) !== model.includes(q)) return t.fail(`step ${i}, key ${q}`);
  }
  t.pass('the list and the keys agree');
  t.end();
});

t.test('a value that had to leave is renewed for the key that came', (t) => {
  let made = 0;
  const keys = new RecentKeys(
    2,
    () => ({ n: ++made }),
    (v) => {
      v.n = 100;
    },
  );
  const first = keys.touch(1);
  keys.touch(2);
  t.equal(keys.touch(3), first);
  t.equal(first.n, 100);
  t.equal(keys.peek(1), undefined);
  t.equal(made, 2);
  t.end();
});

t.test('distinct values of a window, one or many', (t) => {
  const random = new Random(11);
  const ring = new DistinctRing(5);
  let model: [number, number][] = [];
  let us = 0;
  for (let i = 0; i < 20_000; i++) {
    us += random.int(30);
    if (random.int(500) === 0) us += 1000;
    const v = random.int(random.int(3) === 0 ? 9 : 2);
    model = model.filter(([m]) => m !== v);
    model.push([v, us]);
    while (model.length > 5 || us - model[0][1] > 100) model.shift();
    if (ring.add(v, us, 100) !== model.length) return t.fail(`step ${i}`);
    if (ring.size !== model.length) return t.fail(`size after step ${i}`);
    if (random.int(1000) === 0) {
      ring.clear();
      model = [];
      if (ring.size !== 0) return t.fail('cleared');
    }
  }
  t.pass('the ring and the list agree');
  t.end();
});

t.test('the sum of a window, kept in parts once there are two', (t) => {
  const random = new Random(13);
  for (let round = 0; round < 50; round++) {
    const window = new SumWindow(1200, 12);
    const parts = new Map<number, number>();
    let us = random.int(5000);
    for (let i = 0; i < 400; i++) {
      us += random.int(4) === 0 ? random.int(900) : random.int(20);
      const amount = random.int(1000);
      const part = Math.floor(us / 100);
      parts.set(part, (parts.get(part) ?? 0) + amount);
      let sum = 0;
      for (const [p, n] of parts) if (p > part - 12) sum += n;
      if (window.add(amount, us) !== sum) return t.fail(`round ${round}, step ${i}`);
    }
  }
  t.pass('the window and the parts agree');
  t.end();
});
