import t from 'tap';
import { hash53 as hashBytes53, Random, RecentIds } from '../../src/core/index.js';

const hash53 = (seed: number, s: string): number => hashBytes53(seed, Buffer.from(s), 0, s.length);

t.test('the same as a list of the newest, at every size of growth and after wrapping', async (t) => {
  for (const [max, start] of [
    [1, 1],
    [7, 4],
    [64, 16],
    [100, 16],
  ]) {
    const ids = new RecentIds(max, start);
    const rng = new Random(max);
    let model: { id: number; at: number }[] = [];
    for (let at = 0; at < 2000; at++) {
      const id = hash53(1, `${rng.int(max * 3)}`);
      const row = ids.find(id);
      const known = model.find((m) => m.id === id);
      if (row >= 0 !== (known !== undefined)) return t.fail(`max ${max}, step ${at}: found ${row}`);
      if (known !== undefined) {
        if (ids.us[row] !== known.at) return t.fail(`max ${max}, step ${at}: another row's time`);
        continue;
      }
      const fresh = ids.add(id);
      ids.us[fresh] = at;
      model = [...model, { id, at }].slice(-max);
      const newest = model.map((_, age) => ids.us[ids.newest(age)]);
      if (ids.size !== model.length || String(newest) !== String(model.map((m) => m.at).reverse()))
        return t.fail(`max ${max}, step ${at}: order`);
    }
    t.equal(ids.size, max);
  }
});

t.test('ids of 53 bits: no two of a million differ in nothing', async (t) => {
  const seen = new Set<number>();
  for (let i = 0; i < 1_000_000; i++) seen.add(hash53(5, `${i}`));
  t.equal(seen.size, 1_000_000);
  t.notOk(seen.has(0));
  t.not(hash53(5, 'a'), hash53(6, 'a'));
});
