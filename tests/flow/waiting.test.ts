import t from 'tap';
import { Counters, Random } from '../../src/core/index.js';
import { type Segment, SegmentPool } from '../../src/flow/segments.js';
import { Waiting } from '../../src/flow/waiting.js';

const pool = new SegmentPool(1 << 26, new Counters());

/** A page that stands for a segment of ten octets. */
function segment(seq: number, tsUs: number): Segment {
  const s = pool.take(10) as Segment;
  s.seq = seq | 0;
  s.length = s.wire = 10;
  s.tsUs = tsUs;
  return s;
}

/** Sequence numbers and times from the head; throws where the way back is another. */
function walk(w: Waiting): [number, number][] {
  const all: [number, number][] = [];
  let prev: Segment | null = null;
  for (let s = w.head; s !== null; s = s.next) {
    if (s.prev !== prev) throw new Error(`${s.seq}: the way back is another`);
    all.push([s.seq, s.tsUs]);
    prev = s;
  }
  return all;
}

/** What the list must be: by distance from the first expected number, of equals the earlier first. */
function sorted(seqs: readonly number[], base: number): [number, number][] {
  return seqs
    .map((seq, i): [number, number] => [seq | 0, i])
    .sort((a, b) => ((a[0] - base) | 0) - ((b[0] - base) | 0) || a[1] - b[1]);
}

function orders(of: readonly number[]): number[][] {
  if (of.length < 2) return [[...of]];
  return of.flatMap((x, i) => orders([...of.slice(0, i), ...of.slice(i + 1)]).map((rest) => [x, ...rest]));
}

t.test('every order of six segments, two of them alike, also where the numbers wrap', async (t) => {
  for (const base of [1000, 0xffffffe2]) {
    for (const order of orders([0, 10, 20, 20, 30, 40])) {
      const w = new Waiting();
      const seqs = order.map((d) => base + d);
      for (const [i, seq] of seqs.entries()) w.put(segment(seq, i));
      const want = sorted(seqs, base);
      const got = walk(w);
      if (JSON.stringify(got) !== JSON.stringify(want)) t.fail(`${order}: ${JSON.stringify(got)}`);
      w.clear(pool);
    }
  }
  t.equal(pool.used, 0, 'every page went back');
});

t.test('put in and taken from the front in turns, as a list that is sorted', async (t) => {
  const rng = new Random(11);
  const w = new Waiting();
  let model: [number, number][] = [];
  for (let i = 0; i < 4000; i++) {
    if (rng.float() < 0.45 && w.head !== null) {
      const s = w.head;
      const first = model.shift();
      if (s.seq !== first?.[0] || s.tsUs !== first[1]) t.fail(`took ${s.seq}, not ${first?.[0]}`);
      w.takeHead(s);
      pool.give(s);
    } else {
      // clusters, as holes of several bursts make them
      const seq = 1_000_000 * rng.int(3) + 10 * rng.int(200);
      w.put(segment(seq, i));
      model = [...model, [seq, i] as [number, number]].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      const at = model.findIndex((m) => m[1] === i);
      if (w.before?.tsUs !== model[at - 1]?.[1] || w.after?.tsUs !== model[at + 1]?.[1])
        t.fail(`${seq}: other neighbours`);
    }
    if (w.count !== model.length || w.bytes !== 10 * model.length) t.fail(`${w.count} of ${model.length} segments`);
  }
  t.same(walk(w), model);
  w.clear(pool);
  t.same([w.head, w.count, w.bytes, pool.used], [null, 0, 0, 0]);
});
