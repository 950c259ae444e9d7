import { execFileSync } from 'node:child_process';
import t from 'tap';
import { Clock, monotonicUs, randomSeed, wallUs } from '../../src/capture/index.js';

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

t.test('monotonic time is the same in every process', async (t) => {
  const door = new URL('../../src/capture/index.js', import.meta.url).href;
  const program = `import(${JSON.stringify(door)}).then((m) => console.log(m.monotonicUs()))`;
  const before = monotonicUs();
  const there = Number(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }));
  const after = monotonicUs();
  t.ok(there > before && there < after, `${before} < ${there} < ${after}`);
});

t.test('steps of the wall clock give no packet a negative or absurd age', async (t) => {
  for (const step of [3_600_000, -3_600_000, 50, -50, 1e9]) {
    let mono = 5000;
    let offset = 1.7e12;
    const clock = new Clock(
      () => Math.floor(mono + offset),
      () => mono,
    );
    const stamp = (): number => (mono + offset) * 1000;
    clock.wallUs();
    const early = stamp();
    mono += 7;
    t.ok(Math.abs(clock.ageUs(early) - 7000) < 1100, 'before');
    offset += step;
    t.ok(Math.abs(clock.ageUs(early) - 7000) < 1100, `stamped before a step of ${step} ms, judged after it`);
    mono += 20;
    const late = stamp();
    mono += 3;
    // of a small step backwards a packet may seem to come from either side: never more than the step wrong
    t.ok(Math.abs(clock.ageUs(late) - 3000) < 1100, `stamped after it: ${clock.ageUs(late)}`);
    mono += 120_000;
    const after = stamp();
    mono += 40;
    t.ok(Math.abs(clock.ageUs(after) - 40_000) < 1100, 'and long after');
    t.equal(clock.ageUs(after + 1e12), 0, 'a stamp of the future has no age');
  }
});

t.test('a clock that is only kept in time makes no step', async (t) => {
  let mono = 0;
  let wall = 1.7e12;
  const clock = new Clock(
    () => Math.floor(wall),
    () => mono,
  );
  let worst = 0;
  // 500 ppm, the fastest that adjtime slews
  for (let i = 0; i < 200_000; i++) {
    mono += 1;
    wall += 1.0005;
    worst = Math.max(worst, Math.abs(clock.ageUs(wall * 1000 - 2000) - 2000));
  }
  t.ok(worst < 1100, `${worst} µs`);
});

t.test('event time goes on evenly over steps of the wall clock, whichever side a packet was stamped on', async (t) => {
  for (const step of [3_600_000, -3_600_000, 900, -900]) {
    let mono = 5000;
    let offset = 1.7e12;
    const clock = new Clock(
      () => Math.floor(mono + offset),
      () => mono,
    );
    const stamp = (): number => (mono + offset) * 1000;
    /** What event time should be: as if the clock had never been set. */
    const even = (): number => (mono + 1.7e12) * 1000;
    const close = (a: number, b: number, what: string): unknown =>
      t.ok(Math.abs(a - b) < 1100, `${step}: ${what} ${a - b}`);
    clock.wallUs();
    close(clock.eventOf(stamp()), even(), 'before');
    const early = stamp();
    const earlyEven = even();
    mono += 3;
    offset += step;
    // a large step is noticed by the next packet itself, a small one by the look at the clock before each turn
    if (Math.abs(step) < 1000) clock.wallUs();
    const late = stamp();
    close(clock.eventOf(late), even(), 'the first after the step');
    close(clock.eventOf(early), earlyEven, 'one stamped before it and read after it');
    mono += 50;
    close(clock.eventUs(), even(), 'without a packet');
    mono += 120_000;
    close(clock.eventOf(stamp()), even(), 'long after');
    const { count, lastS, shiftUs } = clock.steps();
    t.equal(count, 1);
    t.ok(Math.abs(lastS * 1000 - step) < 2);
    t.ok(Math.abs(shiftUs + step * 1000) < 2000);
  }
});
