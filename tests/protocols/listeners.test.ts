import t from 'tap';
import { Listeners } from '../../src/protocols/listeners.js';

t.test('an endpoint is known after three conversations in one protocol', async (t) => {
  const l = new Listeners();
  for (let i = 0; i < 2; i++) l.spoke(7, 104, 1);
  t.equal(l.serves(7, 104), -1);
  l.spoke(7, 104, 1);
  t.equal(l.serves(7, 104), 1);
  t.equal(l.serves(7, 105), -1);
  l.spoke(7, 104, 2);
  t.equal(l.serves(7, 104), -1, 'another protocol starts anew');
});

t.test('the table is bounded: endpoints push each other out, no answer is a wrong one', async (t) => {
  const l = new Listeners(8);
  for (let a = 0; a < 100; a++) for (let i = 0; i < 3; i++) l.spoke(a, 104, a & 1);
  let known = 0;
  for (let a = 0; a < 100; a++) {
    const p = l.serves(a, 104);
    if (p !== -1) {
      known++;
      t.equal(p, a & 1);
    }
  }
  t.ok(known > 0 && known <= 8);
});
