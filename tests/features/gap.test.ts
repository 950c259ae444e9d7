import t from 'tap';
import { HandFeatures } from '../support/hand-features.js';

const A = '10.0.0.1';
const X = '10.9.9.9';

t.test('gaps of a former run: silence is judged from the first packet, and new gaps soon outweigh them', async (t) => {
  const before = new HandFeatures([A]);
  for (let i = 0; i <= 60; i++) before.send({ at: i, from: A, to: X });
  const counts = before.features.gapsOf(0);
  t.equal(
    counts.reduce((a, n) => a + n, 0),
    60,
  );
  t.same(before.features.gapsOf(999_999), [], 'a device never heard of');

  const after = new HandFeatures([A]);
  after.features.restoreGaps(0, counts);
  after.send({ at: 0, from: A, to: X });
  t.equal(after.get('gap_now_ratio', 0, 10), 10e6 / 2 ** 20, 'as if it had been heard all the time');

  const much = new HandFeatures([A]);
  much.features.restoreGaps(0, [0, 5_000_000]);
  t.ok(much.features.gapsOf(0)[1] <= 30_000, 'never more than half of what is kept');
});
