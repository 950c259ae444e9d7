import t from 'tap';
import { fit, slope, svg } from './plot.js';

t.test('a power is the slope of its logarithms; a line has its slope and error', async (t) => {
  const square = [1, 10, 100].map((x) => [x, 3 * x * x] as const);
  t.ok(Math.abs(slope(square) - 2) < 1e-9);
  const line = fit([0, 1, 2, 3].map((x) => [x, 5 + 2 * x] as const));
  t.ok(Math.abs(line.slope - 2) < 1e-9 && Math.abs(line.at0 - 5) < 1e-9 && line.error < 1e-6);
  t.ok(
    Number.isNaN(
      fit([
        [0, 1],
        [1, 2],
      ]).error,
    ),
    'two points say nothing of an error',
  );
});

t.test('a plot has its words, decades and points', async (t) => {
  const text = svg({
    title: 'a < b',
    x: 'flows',
    y: 'µs',
    lines: [
      {
        name: 'one',
        points: [
          [10, 1],
          [1000, 20],
        ],
      },
    ],
  });
  t.match(text, /<title>a &lt; b<\/title>/);
  t.match(text, />1,000</);
  t.equal(text.split('<circle').length - 1, 2);
  t.match(text, /<polyline points="70\.0,/, 'the first decade begins at the axis');
});
