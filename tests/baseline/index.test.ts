import t from 'tap';
import { type Baseline, type BaselineSettings, baselineSettings, createBaseline } from '../../src/baseline/index.js';
import {
  Counters,
  type Device,
  type DeviceDirectory,
  LearnedSet,
  Novelty,
  settingsDefaults,
} from '../../src/core/index.js';
import { plainSchema } from '../support/detect-data.js';
import { PROFILES } from '../support/detect-stage.js';

const T0 = 1_700_000_000_000_000;
const LEARNING_US = 60e6;
const schema = plainSchema(3);

interface Table extends DeviceDirectory {
  readonly list: { id: string; firstUs: number; profile: number }[];
}
function table(...ids: string[]): Table {
  const list = ids.map((id) => ({ id, firstUs: T0, profile: 0 }));
  return {
    list,
    size: ids.length,
    get: (i) => list[i] as unknown as Device,
    firstUs: (i) => list[i].firstUs,
    lastUs: () => T0,
    profileOf: (i) => list[i].profile,
    isSite: () => true,
    byIp: () => -1,
  };
}
function make(directory: DeviceDirectory, changes: Partial<BaselineSettings> = {}, seed = 5): Baseline {
  return createBaseline({
    settings: settingsDefaults(baselineSettings, { learning_s: LEARNING_US / 1e6, ...changes }),
    directory,
    profiles: PROFILES,
    schema,
    seed,
    counters: new Counters(),
  });
}
const row = (device: number, tsUs: number, a = 1) => ({
  device,
  tsUs,
  values: Float64Array.from([a, 2, Number.NaN]),
  schemaId: schema.id,
});

t.test('learned while learning, new afterwards, the edge belongs to afterwards', async (t) => {
  const b = make(table('a'));
  t.ok(b.learning(0, T0));
  t.equal(b.observe(LearnedSet.Peer, 0, 11, T0), Novelty.Learned);
  t.equal(b.observe(LearnedSet.Peer, 0, 11, T0 + 1), Novelty.Known);
  t.equal(b.observe(LearnedSet.Peer, 0, 12, T0 + LEARNING_US - 1), Novelty.Learned);
  t.notOk(b.learning(0, T0 + LEARNING_US));
  t.equal(b.observe(LearnedSet.Peer, 0, 13, T0 + LEARNING_US), Novelty.New);
  t.equal(b.observe(LearnedSet.Peer, 0, 13, T0 + LEARNING_US), Novelty.New, 'news stay news');
  t.equal(b.observe(LearnedSet.Peer, 0, 12, T0 + LEARNING_US), Novelty.Known);
  t.equal(b.observe(LearnedSet.CallingAe, 0, 12, T0 + LEARNING_US), Novelty.New, 'sets are apart');
  t.equal(b.size(LearnedSet.Peer, 0), 2);
  t.ok(b.knows(LearnedSet.Peer, 0, 11));
  t.equal(b.observe(LearnedSet.Peer, -1, 11, T0), Novelty.Known, 'no device, no news');
});

t.test('a full set judges nothing new', async (t) => {
  const b = make(table('a'), { set_entries_device: 8 });
  for (let k = 0; k < 20; k++) b.observe(LearnedSet.Peer, 0, k, T0);
  t.equal(b.size(LearnedSet.Peer, 0), 8);
  t.equal(b.observe(LearnedSet.Peer, 0, 999, T0 + LEARNING_US), Novelty.Known);
  t.equal(b.observe(LearnedSet.ServerPort, 0, 999, T0 + LEARNING_US), Novelty.New, 'other sets go on');
});

t.test('a better name keeps what was learned; another device in the row does not inherit it', async (t) => {
  const dir = table('ip-10.0.0.1');
  const b = make(dir);
  b.observe(LearnedSet.Peer, 0, 1, T0);
  dir.list[0].id = 'mac-020000000001';
  t.equal(b.observe(LearnedSet.Peer, 0, 1, T0 + LEARNING_US), Novelty.Known, 'renamed');
  dir.list[0] = { id: 'mac-020000000002', firstUs: T0 + LEARNING_US, profile: 0 };
  t.ok(b.learning(0, T0 + LEARNING_US), 'a new device learns');
  t.notOk(b.knows(LearnedSet.Peer, 0, 1));
});

t.test('state survives a restart and knows its site', async (t) => {
  const b = make(table('a', 'b'));
  b.observe(LearnedSet.CallingAe, 0, -77, T0);
  b.observe(LearnedSet.Hl7Sender, 1, 88, T0);
  b.finishLearning(T0 + 5e6);
  const text = b.exportState();
  t.equal(text, b.exportState());
  const again = make(table('b', 'a'));
  again.importState(text);
  t.notOk(again.learning(1, T0 + 6e6), 'a has learned');
  t.equal(again.observe(LearnedSet.CallingAe, 1, -77, T0 + 6e6), Novelty.Known);
  t.equal(again.observe(LearnedSet.CallingAe, 0, -77, T0 + 6e6), Novelty.New);
  t.equal(again.learnedAt('a'), T0 + 5e6);
  t.throws(() => make(table('a'), {}, 6).importState(text), { code: 'model', message: /another site key/ });
  t.throws(() => make(table('a')).importState('no'), { code: 'model', message: /not JSON/ });
  t.throws(() => make(table('a')).importState('{"schema":"x"}'), { code: 'model', message: /wardwire\.learned\.v2/ });
  t.throws(() => make(table('a')).importState('{"schema":"wardwire.learned.v1","seed":5,"devices":[{"id":1}]}'), {
    message: /device 1/,
  });
});

t.test('rows are kept while learning, bounded, one device at most its share, and are copies', async (t) => {
  const b = make(table('a', 'b'), { max_rows: 100, device_rows_share: 0.6, min_rows: 16 });
  const lent = row(0, T0);
  b.collect(lent);
  lent.values[0] = 99;
  t.equal(b.job('ventilator').rows[0], 1, 'copied');
  for (let i = 0; i < 1000; i++) b.collect(row(0, T0 + i, i));
  t.equal(b.job('ventilator').rows.length / 3, 60, 'its share');
  for (let i = 0; i < 1000; i++) b.collect(row(1, T0 + i, -i));
  t.equal(b.job('ventilator').rows.length / 3, 100, 'the limit');
  t.same(b.trainable(T0 + LEARNING_US - 1), [], 'learning goes on');
  b.collect(row(0, T0 + LEARNING_US, 12345));
  t.notOk(b.job('ventilator').rows.includes(12345), 'not after learning');
  b.collect({ ...row(0, T0), schemaId: 'other' });
  t.same(b.collectedTypes(), ['ventilator']);
  t.same(b.trainable(T0 + LEARNING_US), ['ventilator']);
  t.match(b.job('ventilator'), { width: 3, fromUs: T0, untilUs: T0 + 999 });
  t.equal(b.job('pacs').rows.length, 0);
});

t.test('the same rows and seed keep the same sample', async (t) => {
  const run = (seed: number): Float64Array => {
    const b = make(table('a', 'b'), { max_rows: 64 }, seed);
    for (let i = 0; i < 500; i++) b.collect(row(i & 1, T0 + i, i));
    return b.job('ventilator').rows;
  };
  t.same(run(1), run(1));
  t.notSame(run(1), run(2));
});

t.test('a suspect device teaches nothing until its quarantine ends', async (t) => {
  const b = make(table('a', 'b'), { quarantine_s: 10 });
  b.suspect(0, T0);
  b.collect(row(0, T0 + 10e6 - 1, 7));
  b.collect(row(1, T0, 8));
  b.collect(row(0, T0 + 10e6, 9));
  const { rows } = b.job('ventilator');
  t.same([rows[0], rows[3], rows.length / 3], [8, 9, 2]);
});

t.test('what people call normal is known to the device until it is taken back; its row is trained from', async (t) => {
  const b = make(table('a'));
  const later = T0 + LEARNING_US;
  b.observe(LearnedSet.Peer, 0, 11, T0);
  t.equal(b.observe(LearnedSet.Peer, 0, 13, later), Novelty.New);
  const accepted = { device: 'a', type: PROFILES[0].type, schema: schema.id, tsUs: later, values: [7, 2, null] };
  const gone = { ...accepted, device: 'nobody', values: [8, 2, null] };
  const lesson = { set: LearnedSet.Peer, device: 'a', key: 13 };
  b.teach([
    { id: 'n1', lessons: [lesson], row: accepted },
    { id: 'n2', lessons: [], row: gone },
  ]);
  t.equal(b.observe(LearnedSet.Peer, 0, 13, later), Novelty.Known);
  t.ok(b.knows(LearnedSet.Peer, 0, 13));
  const job = b.job(PROFILES[0].type);
  t.same([...job.rows].filter((_, i) => i % job.width === 0).sort(), [7, 8], 'both rows, once');
  t.doesNotThrow(() => b.job(PROFILES[0].type, later, false));
  t.notMatch(b.exportState(), ',13', 'it is no part of the learned state');
  b.teach([]);
  t.equal(b.observe(LearnedSet.Peer, 0, 13, later), Novelty.New);
});
