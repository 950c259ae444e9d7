import t from 'tap';
import { Counters, Random, type Unfinished, UnfinishedMemory } from '../../src/core/index.js';

const PAGE_COST = 256;
const MIB = 1048576;

function memory(limitBytes: number, critical: (slot: number) => boolean = () => false) {
  const counters = new Counters();
  const m = new UnfinishedMemory({ limitBytes, flows: 64, counters, critical });
  const lost = m.protocol('x');
  const told: Unfinished[] = [];
  const open = (slot: number): Unfinished => m.open(slot, lost, { givenUp: (u) => told.push(u) });
  const givenUp = (): number => counters.get('wardwire_parser_unfinished_given_up_total', { protocol: 'x' });
  return { m, open, told, givenUp, held: () => counters.get('wardwire_parser_unfinished_bytes') };
}
const some = (n: number, fill: number): Buffer => Buffer.alloc(n, fill);

t.test(
  'bytes come out as they went in, whoever had the page before; what is held never passes the limit',
  async (t) => {
    const limit = 60_000;
    const { m, open, told, givenUp, held } = memory(limit);
    const rng = new Random(5);
    const places = Array.from({ length: 40 }, (_, i) => open(i));
    const should = places.map(() => Buffer.alloc(0));
    let refused = 0;
    for (let n = 0; n < 20_000; n++) {
      const i = rng.int(places.length);
      const u = places[i];
      if (rng.int(8) === 0) {
        u.clear();
        should[i] = Buffer.alloc(0);
      } else {
        const b = some(8 + rng.int(900), rng.int(256));
        const from = rng.int(8);
        const taken = u.add(b, from, b.length);
        if (taken) should[i] = Buffer.concat([should[i], b.subarray(from)]);
        else refused++;
        for (const gone of told) should[places.indexOf(gone)] = Buffer.alloc(0);
        if (taken === told.includes(u)) t.fail(`step ${n}: refused and told are not the same`);
        told.length = 0;
      }
      if (m.used > limit) t.fail(`${m.used} held`);
      const j = rng.int(places.length);
      if (!places[j].bytes.subarray(0, places[j].length).equals(should[j])) t.fail(`place ${j} after ${n} steps`);
    }
    t.ok(givenUp() > refused && refused > 0, `${givenUp()} given up, ${refused} of them by asking`);
    const sum = places.reduce((a, u) => a + (u.bytes.length === 0 ? 0 : u.bytes.length + PAGE_COST), 0);
    t.equal(m.used, sum);
    t.equal(held(), sum);
    for (let i = 0; i < places.length; i++) m.release(i);
    t.equal(m.used, 0);
    t.equal(held(), 0);
  },
);

t.test('the message that began longest ago goes, whoever asks, and is counted once', async (t) => {
  const { open, told, givenUp } = memory(3 * (1024 + PAGE_COST));
  const [a, b, c, d] = [1, 2, 3, 4].map(open);
  for (const u of [a, b, c]) t.ok(u.add(some(1000, 1), 0, 1000));
  a.add(some(24, 1), 0, 24); // more bytes make it no younger
  t.ok(d.add(some(1000, 4), 0, 1000));
  t.same(told, [a]);
  t.equal(a.length, 0);
  t.notOk(b.add(some(100, 2), 0, 100), 'the oldest asks for more than there is');
  t.same(told, [a, b]);
  t.equal(givenUp(), 2);
  t.equal(c.length + d.length, 2000, 'the others are whole');
  t.ok(a.add(some(10, 7), 0, 10), 'the next message of the flow has room');
  c.clear();
  c.add(some(1000, 3), 0, 1000);
  b.add(some(1000, 3), 0, 1000);
  t.same(told.slice(2), [d], 'a message that begins anew is the youngest');
});

t.test('a message that fits nowhere drives nobody out', async (t) => {
  const { open, told } = memory(10_000);
  const [a, b] = [1, 2].map(open);
  a.add(some(1000, 1), 0, 1000);
  t.notOk(b.add(some(9000, 1), 0, 9000));
  t.same(told, [b]);
  t.equal(a.length, 1000);
});

t.test('life-critical devices and all others: neither drives out the half of the other', async (t) => {
  for (const attacked of [false, true]) {
    const { m, open, told } = memory(64 * (64 + PAGE_COST), (slot) => slot === 1);
    const decent = open(attacked ? 2 : 1);
    for (let n = 0; n < 20; n++) decent.add(some(3, n), 0, 3);
    const flood = Array.from({ length: 1000 }, () => open(attacked ? 1 : 2));
    for (const u of flood) u.add(some(60, 9), 0, 60);
    t.equal(decent.length, 60, attacked ? 'all others live while the critical are attacked' : 'the critical live');
    t.notOk(told.includes(decent));
    t.equal(told.length, 1000 - 63);
    t.ok(m.used <= 64 * (64 + PAGE_COST));
  }
});

t.test('who is read is not driven out by what is gathered of it', async (t) => {
  const { open, told } = memory(2 * (64 + PAGE_COST));
  const [read, other, session] = [1, 2, 3].map(open);
  read.add(some(60, 1), 0, 60);
  other.add(some(60, 2), 0, 60);
  read.pin();
  t.ok(session.add(read.bytes, 0, read.length));
  t.same(told, [other]);
  t.same(session.bytes.subarray(0, 60), some(60, 1));
  read.clear();
  other.add(some(60, 2), 0, 60);
  t.same(told, [other], 'its page is free again');
});

t.test('what is given back is used again: a gigabyte passes through a few pages', async (t) => {
  const { m, open } = memory(MIB);
  const u = open(0);
  const before = process.memoryUsage().arrayBuffers;
  const b = some(60_000, 1);
  for (let n = 0; n < 17_000; n++) {
    u.add(b, 0, b.length);
    u.clear();
  }
  t.equal(m.used, 0);
  t.ok(process.memoryUsage().arrayBuffers - before < MIB);
});
