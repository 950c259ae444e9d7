import t from 'tap';
import { nearestName } from '../../src/core/index.js';

t.test('the name that was meant', async (t) => {
  const known = ['buffer_mib', 'snaplen', 'filter'];
  t.equal(nearestName('bufer_mib', known), 'buffer_mib');
  t.equal(nearestName('SNAPLEN', known), 'snaplen');
  t.equal(nearestName('fitler', known), 'filter');
  t.equal(nearestName('window', known), null, 'none is near');
  t.equal(nearestName('', known), null);
});
