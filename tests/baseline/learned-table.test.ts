import t from 'tap';
import { Journal } from '../../src/baseline/journal.js';
import { Added, LearnedTable } from '../../src/baseline/learned-table.js';
import { Random } from '../../src/core/index.js';

t.test('adding, taking out and ageing agree with a plain map', async (t) => {
  const r = new Random(4);
  const table = new LearnedTable(1024, 1024, 9);
  const plain = new Map<string, number>();
  for (let i = 0; i < 60_000; i++) {
    const [set, owner, key] = [r.int(16), r.int(12), r.int(9) - 4];
    const id = `${set}/${owner}/${key}`;
    const what = r.int(10);
    if (what < 5 && (plain.has(id) || plain.size < 1024)) {
      const want = plain.has(id) ? Added.Present : Added.New;
      if (table.add(set, owner, key, i) !== want) t.fail(`step ${i}: add`);
      plain.set(id, i);
    } else if (what < 8) {
      if (table.remove(set, owner, key) !== plain.delete(id)) t.fail(`step ${i}: remove`);
    } else if (table.has(set, owner, key) !== plain.has(id)) t.fail(`step ${i}: has`);
    if (i % 5000 === 4999) {
      const before = i - 2500;
      // an entry may be moved behind the place that was just looked at: the next circle finds it
      let left = 0;
      for (let more = 1; more > 0; left += more) more = table.sweep(0, table.cells, before, (o) => o === 3);
      const old = [...plain].filter(([id, sec]) => sec < before && !id.includes('/3/'));
      for (const [id] of old) plain.delete(id);
      t.equal(left, old.length, `step ${i}: aged`);
    }
    if (table.used !== plain.size) t.fail(`step ${i}: ${table.used} is not ${plain.size}`);
  }
  table.clear(5);
  let n = 0;
  table.forEach((set, owner, key, sec) => {
    n++;
    if (plain.get(`${set}/${owner}/${key}`) !== sec) t.fail(`${set}/${owner}/${key}`);
  });
  t.equal(n, [...plain.keys()].filter((id) => id.split('/')[1] !== '5').length);
});

t.test('a set that once refused stays without an opinion until it is cleared', async (t) => {
  const table = new LearnedTable(1024, 2, 1);
  for (let k = 0; k < 3; k++) table.add(0, 7, k, 0);
  table.remove(0, 7, 0);
  t.equal(table.size(0, 7), 1);
  t.ok(table.full(0, 7));
  t.notOk(table.full(1, 7));
  table.clear(7);
  t.notOk(table.full(0, 7));
});

t.test('the journal takes back what one owner added of late', async (t) => {
  const j = new Journal();
  for (let i = 0; i < 20_000; i++) j.note(i % 3, i % 2, i, 1000 + Math.floor(i / 100));
  const back: number[] = [];
  j.takeBack(1, 1199, (_, key) => back.push(key));
  t.same(
    back,
    Array.from({ length: 50 }, (_, i) => 19_999 - 2 * i),
    'newest first',
  );
  back.length = 0;
  j.takeBack(1, 1199, (_, key) => back.push(key));
  t.same(back, [], 'only once');
  j.takeBack(0, 1199, (_, key) => back.push(key));
  t.equal(back.length, 50, 'the other one keeps its own');
});

t.test('the journal takes back the same as a plain list, whatever came late or was overwritten', async (t) => {
  const r = new Random(7);
  const j = new Journal();
  let list: { set: number; owner: number; key: number; sec: number }[] = [];
  for (let round = 0; round < 400; round++) {
    const sec = 1000 + round * 5;
    for (let k = r.int(200); k > 0; k--) {
      // some are late, by less than the minute that is allowed for
      const e = { set: r.int(3), owner: r.int(5), key: r.int(1 << 20), sec: sec - r.int(40) };
      j.note(e.set, e.owner, e.key, e.sec);
      list.push(e);
    }
    list = list.slice(-16_384);
    const owner = r.int(6);
    const since = sec - r.int(600);
    const back: string[] = [];
    j.takeBack(owner, since, (set, key) => back.push(`${set} ${key}`));
    const gone = list.filter((e) => e.owner === owner && e.sec >= since);
    if (
      back.join() !==
      gone
        .reverse()
        .map((e) => `${e.set} ${e.key}`)
        .join()
    )
      t.fail(`round ${round}`);
    // struck off, but their places in the ring stay taken
    for (const e of gone) e.owner = -1;
  }
  t.pass('400 rounds');
});
