import t from 'tap';
import { Random } from '../../src/core/index.js';
import { Recent } from '../../src/features/recent.js';
import { Ring } from '../../src/features/ring.js';

t.test('quantiles of the last 64 values, in any order and with many alike', (t) => {
  for (const kinds of [3, 1000]) {
    const random = new Random(kinds);
    const recent = new Recent();
    const all: number[] = [];
    t.ok(Number.isNaN(recent.quantile(0.5)));
    for (let i = 0; i < 3000; i++) {
      const v = random.int(kinds) - kinds / 2;
      recent.add(v);
      all.push(v);
      const last = all.slice(-64).sort((a, b) => a - b);
      for (const q of [0, 0.5, 0.95, 1]) {
        const expected = last[Math.max(0, Math.ceil(q * last.length) - 1)];
        if (recent.quantile(q) !== expected) return t.fail(`value ${i}, quantile ${q}`);
      }
    }
  }
  t.pass('all equal');
  t.end();
});

t.test('sums of windows of different lengths, asked for at any time', (t) => {
  const random = new Random(5);
  const ring = new Ring(20, 1_000_000, 3);
  const added: [step: number, counter: number, amount: number][] = [];
  let us = 3e6;
  for (let i = 0; i < 5000; i++) {
    us += random.int(100) === 0 ? random.int(30_000_000) : random.int(400_000);
    const now = Math.floor(us / 1e6);
    if (random.int(3) > 0) {
      const counter = random.int(3);
      ring.add(counter, i, us);
      added.push([now, counter, i]);
    }
    const counter = random.int(3);
    const steps = [5, 20][random.int(2)];
    let expected = 0;
    for (const [s, c, n] of added) if (c === counter && s > now - steps) expected += n;
    if (ring.sum(counter, steps, us) !== expected) return t.fail(`call ${i}`);
  }
  t.pass('all equal');
  t.end();
});
