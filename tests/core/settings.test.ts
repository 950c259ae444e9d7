import t from 'tap';
import {
  Counters,
  defineSettings,
  exitCodeOf,
  formatTimeUs,
  registerWeirds,
  settingsDefaults,
  WardwireError,
  Weirds,
} from '../../src/core/index.js';

t.test('a section gives its defaults, with changes', async (t) => {
  const s = defineSettings('x', 'text', 'restart', {
    limit: { type: 'integer', default: 5, min: 1, max: 9, text: 'a' },
    mode: { type: 'enum', values: ['a', 'b'], default: 'a', text: 'b' },
  });
  t.same(settingsDefaults(s), { limit: 5, mode: 'a' });
  t.same(settingsDefaults(s, { limit: 7 }), { limit: 7, mode: 'a' });
});

t.test('counters and weirds are registered once and counted for ever', async (t) => {
  const c = new Counters();
  const many = Array.from({ length: 600 }, (_, i) => c.define('counter', 'n', 'h', { i: String(i) }));
  t.equal(c.define('counter', 'n', 'h', { i: '3' }), many[3]);
  c.values[many[599]] += 2;
  t.equal(c.get('n', { i: '599' }), 2);
  t.equal(c.get('other'), 0);

  const w = new Weirds();
  const heard: number[] = [];
  w.listen((n) => heard.push(n));
  const ids = registerWeirds(w, {
    a: { id: 'x.a', text: 'a', action: 'count' },
    b: { id: 'x.b', text: 'b', action: 'feature' },
  });
  w.hit(ids.a);
  w.hit(ids.b, 3, 9);
  t.equal(w.count('x.a'), 1);
  t.same(heard, [ids.b], 'only what is more than counted is told');
});

t.test('exit codes', async (t) => {
  t.equal(exitCodeOf(new WardwireError('config', '')), 78);
  t.equal(exitCodeOf(new WardwireError('permission', '')), 77);
  t.equal(exitCodeOf(new WardwireError('usage', '')), 2);
  t.equal(exitCodeOf(new WardwireError('file', '')), 1);
  t.equal(exitCodeOf(new Error('bug')), 70);
});

t.test('times', async (t) => {
  t.equal(formatTimeUs(1_700_000_000_123_456), '2023-11-14T22:13:20.123456Z');
  t.equal(formatTimeUs(Number.NaN), '1970-01-01T00:00:00.000000Z');
});
