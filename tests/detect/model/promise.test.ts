import t from 'tap';
import { Counters } from '../../../src/core/index.js';
import { Promised } from '../../../src/detect/model/promise.js';
import { PROFILES } from '../../support/detect-stage.js';

const [A, B] = PROFILES;

t.test('promised follows the time watched, given the alerts, findings in a row are one', async (t) => {
  const counters = new Counters();
  const p = new Promised(PROFILES, counters);
  p.set(7);
  const promised = (type: string): number => counters.get('wardwire_alerts_promised', { device_type: type });
  const given = (type: string): number => counters.get('wardwire_alerts_given_total', { device_type: type });
  // device 700 is scored every second for a day: one alert a day is promised
  for (let s = 0; s <= 86_400; s++) p.note(700, A.type, s * 1e6, s === 100 || s === 500 || s === 5000);
  t.ok(Math.abs(promised(A.type) - 1) < 1e-6, String(promised(A.type)));
  t.equal(given(A.type), 2, 'the second came within ten minutes of the first');
  t.equal(promised(B.type), 0);
  // an hour without a scoring is a minute watched
  p.note(3, B.type, 0, false);
  p.note(3, B.type, 3600e6, true);
  t.ok(Math.abs(promised(B.type) - 60 / 86_400) < 1e-9);
  t.equal(given(B.type), 1);
  p.note(3, 'no such type', 3601e6, true);
});
