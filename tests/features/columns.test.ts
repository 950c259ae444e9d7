import t from 'tap';
import { Random } from '../../src/core/index.js';
import { DeviceColumns, Sec } from '../../src/features/columns.js';
import { Ring } from '../../src/features/ring.js';

t.test('the 60 s ring agrees with a plain list, jumps included', async (t) => {
  const r = new Random(8);
  const c = new DeviceColumns();
  c.ensure(1);
  const seen: [number, number][] = [];
  let sec = 5;
  for (let i = 0; i < 20000; i++) {
    const k = r.int(200);
    if (k === 0) sec += 30 + r.int(90);
    else if (k < 40) sec++;
    const n = 1 + r.int(9);
    c.seconds[c.second(1, sec) + Sec.BytesIn] += n;
    seen.push([sec, n]);
    while (seen[0][0] <= sec - 60) seen.shift();
    const want = seen.reduce((s, [, x]) => s + x, 0);
    if (c.sum(1, Sec.BytesIn) !== want) t.fail(`step ${i}: ${c.sum(1, Sec.BytesIn)} is not ${want}`);
  }
  t.equal(c.sum(0, Sec.BytesIn), 0, 'the neighbour is untouched');
  c.reset(1);
  t.equal(c.sum(1, Sec.BytesIn), 0);
});

t.test('growing keeps everything', async (t) => {
  const c = new DeviceColumns();
  c.ensure(0);
  c.seconds[c.second(0, 7) + Sec.Rst] = 3;
  c.ensure(c.capacity * 3);
  t.equal(c.sum(0, Sec.Rst), 3);
});

t.test('the event ring: sums and tops over the newest steps', async (t) => {
  const r = new Ring(4, 1_000_000, 2);
  r.add(0, 5, 10e6);
  r.max(1, 7, 10e6);
  r.max(1, 3, 10.5e6);
  r.add(0, 1, 12e6);
  t.equal(r.sum(0, 4, 12e6), 6);
  t.equal(r.sum(0, 2, 12e6), 1);
  t.equal(r.top(1, 4, 13e6), 7);
  t.equal(r.top(1, 4, 14e6), 0);
  r.add(0, 2, 9e6);
  t.equal(r.sum(0, 1, 14e6), 2, 'late events count in the running step');
  t.equal(r.sum(0, 4, 1000e6), 0);
});
