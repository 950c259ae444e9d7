import t from 'tap';
import { AppProto } from '../../src/core/index.js';
import { Listeners } from '../../src/protocols/listeners.js';

t.test('an endpoint is known after three conversations in one protocol', async (t) => {
  const l = new Listeners();
  for (let i = 0; i < 2; i++) l.spoke(7, 104, 1);
  t.equal(l.serves(7, 104), AppProto.Unknown);
  l.spoke(7, 104, 1);
  t.equal(l.serves(7, 104), 1);
  t.equal(l.serves(7, 105), AppProto.Unknown);
  l.spoke(7, 104, 2);
  t.equal(l.serves(7, 104), AppProto.Unknown, 'another protocol starts anew');
});

t.test('the table is bounded: endpoints push each other out, no answer is a wrong one', async (t) => {
  const l = new Listeners(8);
  for (let a = 0; a < 100; a++) for (let i = 0; i < 3; i++) l.spoke(a, 104, 1 + (a & 1));
  let known = 0;
  for (let a = 0; a < 100; a++) {
    const p = l.serves(a, 104);
    if (p !== AppProto.Unknown) {
      known++;
      t.equal(p, 1 + (a & 1));
    }
  }
  t.ok(known > 0 && known <= 8);
});
