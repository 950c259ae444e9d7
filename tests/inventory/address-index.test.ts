import t from 'tap';
import { Random } from '../../src/core/index.js';
import { AddressIndex } from '../../src/inventory/address-index.js';

t.test('random adds and removes agree with a Map', async (t) => {
  for (const seed of [1, 2, 3]) {
    const r = new Random(seed);
    const index = new AddressIndex(64, seed);
    const model = new Map<number, number>();
    for (let step = 0; step < 20000; step++) {
      const k = r.int(100);
      const e = index.find(0, 0, 0xffff, k);
      if (e !== (model.get(k) ?? -1)) t.fail(`seed ${seed} step ${step}: ${k} is ${e}`);
      if (e >= 0 && r.int(2) === 0) {
        index.remove(e);
        model.delete(k);
      } else if (e < 0) {
        const made = index.add(0, 0, 0xffff, k);
        if (made < 0 !== (model.size === 64)) t.fail(`seed ${seed} step ${step}: add at ${model.size}`);
        if (made >= 0) model.set(k, made);
      }
    }
    t.equal(index.size, model.size);
    for (const [k, e] of model) t.equal(index.find(0, 0, 0xffff, k), e);
  }
});

t.test('a kept number can be checked by its generation', async (t) => {
  const index = new AddressIndex(16, 9);
  const e = index.add(1, 2, 3, 4);
  const gen = index.gen[e];
  index.remove(e);
  t.not(index.gen[e], gen);
  const again = index.add(5, 6, 7, 8);
  t.equal(again, e, 'the entry is used again');
  t.not(index.gen[e], gen);
});
