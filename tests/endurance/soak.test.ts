import t from 'tap';
import { judge } from './soak.js';
import type { SoakStep } from './soak-run.js';

// What a soak calls flat, on steps made by hand.
const MB = 1e6;
const steps = (n: number, of: (i: number) => Partial<SoakStep>): SoakStep[] =>
  Array.from({ length: n }, (_, i) => ({
    ...{ packets: (i + 1) * MB, atS: 5 * (i + 1), rss: 170 * MB + (i % 3) * 1e5, heap: 40 * MB, buffers: 90 * MB },
    ...{ handles: 1, descriptors: 20, threads: 11, p999Us: 100, mostUs: 900, cpuUs: 4 },
    ...{ flows: i, devices: 500, verdicts: i },
    ...of(i),
  }));

t.test('flat is shown', async (t) => t.ok(judge(steps(100, () => ({}))).ok));
t.test('memory that grows by 5 MB an hour of rated load is not flat', async (t) => {
  const { ok, lines } = judge(steps(100, (i) => ({ rss: 170 * MB + (i * 5 * MB) / 72 })));
  t.notOk(ok);
  t.match(lines[1], /5\.00 ± 0\.00 MB an hour of rated load/);
});
t.test('a descriptor more is not flat', async (t) =>
  t.notOk(judge(steps(100, (i) => ({ descriptors: 20 + Math.floor(i / 80) }))).ok),
);
t.test('packets that take longer are not flat', async (t) =>
  t.notOk(judge(steps(100, (i) => ({ p999Us: i < 60 ? 100 : 200 }))).ok),
);
t.test('a short run is judged by its halves', async (t) => {
  t.ok(judge(steps(12, (i) => ({ rss: 170 * MB + i * MB }))).ok);
  t.notOk(judge(steps(12, (i) => ({ rss: 170 * MB + i * 20 * MB }))).ok);
});
