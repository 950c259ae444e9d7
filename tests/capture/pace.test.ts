// runs alone: measures pace
import t from 'tap';
import { Pace } from '../../src/capture/pace.js';

t.test('packets are due at the distances they were recorded', async (t) => {
  const p = new Pace(2);
  t.equal(p.wait(1e15, 500), 0, 'the first at once');
  t.equal(p.wait(1e15 + 1000, 500), 500, 'half the distance at twice the pace');
  t.equal(p.wait(1e15 + 1000, 2000), -1000, 'late');
  t.equal(p.wait(1e15 + 900, 0), 950, 'a little disorder keeps the anchor');
  t.equal(p.wait(1e15 - 5e6, 7000), 0, 'an earlier recording begins anew');
  t.equal(p.wait(1e15 - 5e6 + 400, 7000), 200);
  t.equal(p.wait(1e15 + 4e12, 9000), 0, 'a silence of more than an hour is not waited for');
  t.equal(p.wait(1e15 + 4e12 + 20, 9000), 10);
});
