import t from 'tap';
import { Counters } from '../../src/core/index.js';
import { Ladder, Rate, RUNGS } from '../../src/runtime/ladder.js';
import { Shedding } from '../../src/runtime/shedding.js';

const SETTINGS = { overload_lag_ms: 10, overload_hold_ms: 300 };

t.test('rungs are taken one by one while the lag lasts, and left one by one when it is over', async (t) => {
  const ladder = new Ladder(SETTINGS);
  let nowUs = 1e9;
  const look = (lagMs: number): number => {
    nowUs += 10_000;
    ladder.look(lagMs * 1000, nowUs);
    return ladder.rung;
  };
  t.same([look(50), look(0), look(50), look(50)], [0, 0, 0, 0], 'a stall of the machine is no overload');
  t.equal(look(50), 1);
  const rungs: number[] = [];
  for (let i = 0; i < 30; i++) rungs.push(look(50));
  t.equal(Math.max(...rungs), RUNGS.length, 'up to the last');
  t.same(
    rungs,
    [...rungs].sort((a, b) => a - b),
  );
  t.ok(rungs.indexOf(RUNGS.length) < 15, `within ${rungs.indexOf(RUNGS.length) * 10} ms`);
  for (let i = 0; i < 100; i++) t.equal(look(7), RUNGS.length, 'half way is not calm');
  let ms = 0;
  while (look(1) > 0 && ms < 5000) ms += 10;
  t.ok(ms < 2000, `back to normal after ${ms} ms without lag`);
});

t.test('a rung that is missed again and again is kept longer and longer', async (t) => {
  const ladder = new Ladder(SETTINGS);
  let nowUs = 1e9;
  const look = (lagMs: number, rate: number): number => {
    nowUs += 10_000;
    ladder.look(lagMs * 1000, nowUs, rate);
    return ladder.rung;
  };
  while (ladder.rung < 3) look(50, 100_000);
  /** Time without lag until the rung is left, ms; then the lag comes back. */
  const kept = (): number => {
    const at = ladder.rung;
    let n = 0;
    while (look(0, 95_000) === at) n++;
    while (ladder.rung < at) look(50, 95_000);
    return n * 10;
  };
  const times = Array.from({ length: 8 }, kept);
  t.ok(times[0] < 400, `a stall is forgiven after ${times[0]} ms`);
  t.ok(times[2] > 2 * times[0], `${times.join(', ')} ms`);
  for (const last of times.slice(-2))
    t.ok(last > 9000 && last < 11_000, `an overload that goes on is not tried often: ${last} ms`);
  let ms = 0;
  while (look(0, 20_000) > 0 && ms < 5000) ms += 10;
  t.ok(ms < 2000, `back to normal ${ms} ms after less came`);
  for (let i = 0; i < 300; i++) look(0, 20_000);
  while (ladder.rung < 1) look(50, 100_000);
  t.ok(kept() < 400, 'the next overload is a new one');
});

t.test('a single stall costs no more than the hold of each rung, however much comes', async (t) => {
  const ladder = new Ladder(SETTINGS);
  let nowUs = 1e9;
  const look = (lagMs: number): number => {
    nowUs += 10_000;
    ladder.look(lagMs * 1000, nowUs, 100_000);
    return ladder.rung;
  };
  while (ladder.rung < RUNGS.length) look(50);
  let ms = 0;
  while (look(0) > 0 && ms < 60_000) ms += 10;
  t.ok(ms < 1500, `${ms} ms`);
});

t.test('packets a second', async (t) => {
  const rate = new Rate();
  t.equal(
    rate.at(() => 1000, 0),
    0,
  );
  t.equal(
    rate.at(() => 1500, 50_000),
    0,
    'too soon',
  );
  t.equal(
    rate.at(() => 2000, 100_000),
    10_000,
  );
  t.equal(
    rate.at(() => 2500, 150_000),
    10_000,
  );
  t.equal(
    rate.at(() => 2500, 300_000),
    2500,
  );
});

t.test('the least critical lose their decoding first, life-critical ones never; all is counted', async (t) => {
  const counters = new Counters();
  const shedding = new Shedding(8, counters);
  shedding.ranks.set([0, 1, 2, 3]);
  const kept = (): number[][] => [0, 1, 2, 3].map((a) => [-1, 0, 1, 2, 3].filter((b) => !shedding.takes(a, b)));
  const all = [-1, 0, 1, 2, 3];
  for (const rung of [0, 1]) {
    shedding.take(rung);
    t.same(kept(), [all, all, all, all], `rung ${rung} decodes everything`);
  }
  shedding.take(2);
  t.same(kept(), [[1, 2, 3], all, all, all], 'low');
  shedding.take(3);
  t.same(kept(), [[2, 3], [2, 3], all, all], 'medium');
  shedding.take(4);
  t.same(kept(), [[3], [3], [3], all], 'high; whoever speaks with a life-critical device is heard');
  t.equal(shedding.takes(-1, -1), true, 'hosts that are no device go with the least');
  const shed = (criticality: string): number =>
    counters.get('wardwire_overload_undecoded_packets_total', { criticality });
  t.same([shed('low'), shed('medium'), shed('high')], [2 + 2 + 2 + 1, 4 + 4, 6]);
  t.equal(counters.get('wardwire_overload_rungs_total', { rung: 'high' }), 1);
  t.equal(counters.get('wardwire_overload_rung'), 4);
  t.equal(shedding.dearer(0, 3), true);
  t.equal(shedding.dearer(3, 0), false);
  t.equal(shedding.dearer(-1, 0), true);
});
