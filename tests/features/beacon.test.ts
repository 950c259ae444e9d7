import t from 'tap';
import { Random } from '../../src/core/index.js';
import { Beacon } from '../../src/features/beacon.js';

/** The definition, second by second: best normalised autocorrelation over lags from 2 s to half of the time seen. */
function reference(active: readonly number[], until: number): number {
  const from = Math.max(active[0], until - 599);
  const x = Array.from({ length: until - from + 1 }, (_, i) => (active.includes(from + i) ? 1 : 0));
  const n = x.length;
  const ones = x.reduce((a: number, b) => a + b, 0);
  if (ones < 5 || n < 20) return Number.NaN;
  if (ones === n) return 1;
  const mean = ones / n;
  let best = 0;
  for (let lag = 2; lag <= n >>> 1; lag++) {
    let both = 0;
    for (let i = 0; i + lag < n; i++) both += x[i] * x[i + lag];
    best = Math.max(best, (both / (n - lag) - mean * mean) / (mean * (1 - mean)));
  }
  return Math.min(1, best);
}

t.test('equal to the definition, for few and for many active seconds', async (t) => {
  const rng = new Random(3);
  for (const share of [0.02, 0.1, 0.16, 0.3, 0.7, 1]) {
    for (const length of [25, 64, 200, 599, 600, 601, 900]) {
      const beacon = new Beacon();
      const active: number[] = [];
      for (let sec = 1000; sec < 1000 + length; sec++) {
        if (sec > 1000 && rng.float() >= share) continue;
        beacon.mark(7, true, sec);
        active.push(sec);
      }
      const want = reference(active, 1000 + length - 1);
      const got = beacon.periodicity(1000 + length - 1);
      t.ok(Object.is(got, want) || Math.abs(got - want) < 1e-12, `${share} of ${length} s: ${got} is ${want}`);
    }
  }
});
