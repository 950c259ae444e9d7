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

/** A ladder and looks at it every 10 ms, `rate` packets/s. */
function stage() {
  const ladder = new Ladder(SETTINGS);
  let nowUs = 1e9;
  const look = (lagMs: number, rate: number): number => {
    nowUs += 10_000;
    ladder.look(lagMs * 1000, nowUs, rate);
    return ladder.rung;
  };
  /** Time without lag until the rung is left, ms; then the lag comes back. */
  const kept = (rate: number): number => {
    const at = ladder.rung;
    let n = 0;
    while (look(0, rate) === at) n++;
    while (ladder.rung < at) look(50, rate);
    return n * 10;
  };
  return { ladder, look, kept };
}

t.test('more than was ever borne: a rung is kept while as much comes as when it was taken', async (t) => {
  const { ladder, look, kept } = stage();
  for (let i = 0; i < 500; i++) look(1, 20_000 + (i % 7));
  while (ladder.rung < 3) look(50, 200_000);
  for (let i = 0; i < 3; i++) {
    const ms = kept(190_000);
    t.ok(ms > 9000 && ms < 11_000, `an overload that goes on is not tried often: ${ms} ms`);
  }
  let ms = 0;
  while (look(0, 20_000) > 0 && ms < 5000) ms += 10;
  t.ok(ms < 2000, `back to normal ${ms} ms after less came`);
});

t.test('no more than was borne before: a stall costs the hold of each rung', async (t) => {
  const { ladder, look } = stage();
  for (let i = 0; i < 500; i++) look(1, 20_000);
  while (ladder.rung < RUNGS.length) look(50, 21_000);
  let ms = 0;
  while (look(0, 21_000) > 0 && ms < 60_000) ms += 10;
  t.ok(ms < 1500, `${ms} ms`);
});

t.test('a rung that is missed again and again is kept longer and longer, whatever was borne before', async (t) => {
  const { ladder, look, kept } = stage();
  while (ladder.rung < 3) look(50, 100_000);
  const times = Array.from({ length: 8 }, () => kept(95_000));
  t.ok(times[0] < 400, `cold code is forgiven after ${times[0]} ms`);
  t.ok(times[2] > 2 * times[0], `${times.join(', ')} ms`);
  for (const last of times.slice(-2)) t.ok(last > 9000 && last < 11_000, `${last} ms`);
  for (let i = 0; i < 600; i++) look(0, 20_000);
  while (ladder.rung < 1) look(50, 20_000);
  t.ok(kept(20_000) < 400, 'the next overload is a new one');
});

t.test('the first moments of an overload are not borne', async (t) => {
  const { ladder, look, kept } = stage();
  for (let i = 0; i < 500; i++) look(1, 20_000);
  // the rate is known before packets are late
  for (let i = 0; i < 10; i++) look(1, 200_000);
  while (ladder.rung < 2) look(50, 200_000);
  t.ok(kept(200_000) > 9000);
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
