import t from 'tap';
import {
  type Baseline,
  type BaselineSettings,
  baselineSettings,
  createBaseline,
  readState,
} from '../../src/baseline/index.js';
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
const S = 1e6;
const WEEK = 604_800 * S;
const schema = plainSchema(3);

/** A ward of ventilators by hand: rows and observations at times in seconds. */
class Ward {
  readonly baseline: Baseline;
  readonly #last: number[] = [];
  constructor(
    readonly ids: string[],
    changes: Partial<BaselineSettings> = {},
    state = '',
  ) {
    const directory: DeviceDirectory = {
      size: ids.length,
      get: (i) => ({ id: ids[i] }) as unknown as Device,
      firstUs: () => T0,
      lastUs: (i) => this.#last[i] ?? T0,
      profileOf: () => 0,
      isSite: () => true,
      byIp: () => -1,
    };
    this.baseline = createBaseline({
      settings: settingsDefaults(baselineSettings, {
        learning_s: 4000,
        row_interval_s: 1,
        learning_rows: 50,
        review_s: 1000,
        min_rows: 16,
        ...changes,
      }),
      directory,
      profiles: PROFILES,
      schema,
      seed: 5,
      counters: new Counters(),
    });
    if (state !== '') this.baseline.importState(state);
  }
  rows(device: number, fromS: number, n: number, value = 1): void {
    for (let i = 0; i < n; i++) {
      const tsUs = T0 + (fromS + i) * S;
      this.#last[device] = tsUs;
      this.baseline.collect({
        device,
        tsUs,
        values: Float64Array.from([value, value, Number.NaN]),
        schemaId: schema.id,
      });
    }
  }
  sees(device: number, key: number, atS: number): Novelty {
    this.#last[device] = T0 + atS * S;
    return this.baseline.observe(LearnedSet.Peer, device, key, T0 + atS * S);
  }
  tick(atS: number): void {
    this.baseline.tick(T0 + atS * S);
  }
  state(id: string): ReturnType<typeof readState>['devices'][number] {
    const d = readState(this.baseline.exportState(), 5).devices.find((x) => x.id === id);
    if (d === undefined) throw new Error(id);
    return d;
  }
  order(what: 'approve' | 'reject' | 'freeze' | 'unfreeze' | 'relearn', devices: string[] | null, atS: number): number {
    return this.baseline.order({ id: 'x', what, devices, type: null }, T0 + atS * S);
  }
}

t.test('learning ends by rows and clock together, never by one alone', async (t) => {
  const w = new Ward(['busy', 'quiet']);
  w.rows(0, 0, 60);
  t.ok(w.baseline.learning(0, T0 + 3999 * S), 'rows enough, time is not over');
  t.notOk(w.baseline.learning(0, T0 + 4000 * S));
  w.rows(1, 0, 49);
  t.ok(w.baseline.learning(1, T0 + 40_000 * S), 'time is over, a row is missing');
  t.equal(w.sees(1, 77, 40_000), Novelty.Learned);
  w.rows(1, 40_001, 1);
  t.notOk(w.baseline.learning(1, T0 + 40_002 * S));
  t.equal(w.sees(1, 78, 40_003), Novelty.New);
  t.equal(w.sees(1, 77, 40_003), Novelty.Known);
});

t.test('a short period ends by the clock alone, a hardly heard device after its longest time', async (t) => {
  const short = new Ward(['a'], { learning_s: 30 });
  t.notOk(short.baseline.learning(0, T0 + 30 * S));
  const long = new Ward(['a'], { learning_max_s: 100_000 });
  t.ok(long.baseline.learning(0, T0 + 99_999 * S));
  t.notOk(long.baseline.learning(0, T0 + 100_000 * S));
  t.match(long.state('a'), { state: 'review', doubt: 4 });
  long.tick(500_000);
  t.equal(long.state('a').state, 'review', 'which the operator is asked about');
});

t.test('review ends by itself when nothing speaks against it; the operator ends it otherwise', async (t) => {
  const w = new Ward(['good', 'named']);
  w.rows(0, 0, 60);
  w.rows(1, 0, 120);
  w.baseline.suspect(1, T0 + 100 * S);
  w.rows(1, 1000, 60);
  w.tick(4000);
  t.match(w.state('good'), { state: 'review', doubt: 0, reviewUs: T0 + 4000 * S });
  t.match(w.state('named'), { state: 'review', doubt: 1, hits: 1 });
  w.tick(4999);
  t.equal(w.state('good').state, 'review');
  w.tick(5000);
  t.equal(w.state('good').state, 'enforcing');
  w.tick(900_000);
  t.equal(w.state('named').state, 'review');
  t.equal(w.order('approve', null, 900_001), 2);
  t.match(w.state('named'), { state: 'enforcing', doubt: 0 });
});

t.test('manual review waits for the operator, and so does training', async (t) => {
  const w = new Ward(['a', 'b'], { review: 'manual' });
  w.rows(0, 0, 60);
  w.rows(1, 0, 60, 5);
  w.tick(4000);
  w.tick(900_000);
  t.equal(w.state('a').state, 'review');
  t.same(w.baseline.trainable(T0 + 900_000 * S), []);
  t.equal(w.order('approve', ['a'], 900_001), 1);
  t.same(w.baseline.trainable(T0 + 900_001 * S), ['ventilator']);
  const { rows } = w.baseline.job('ventilator', T0 + 900_001 * S, false);
  t.equal(rows.length / 3, 60, 'the rows of approved devices only');
  t.ok(rows.every((x) => Number.isNaN(x) || x === 1));
  t.equal(w.order('approve', ['b', 'nobody'], 900_002), 1);
});

t.test('reject and relearn begin anew; what was learned is forgotten, and the type is trained again', async (t) => {
  const w = new Ward(['a', 'b']);
  w.rows(0, 0, 60);
  w.rows(1, 0, 60, 9);
  w.sees(0, 5, 1);
  w.sees(1, 5, 1);
  w.tick(4000);
  t.same(
    w.baseline.trainable(T0 + 4001 * S, () => false),
    [],
    'it has a model',
  );
  t.equal(w.order('relearn', ['a'], 4001), 1);
  t.match(w.state('a'), { state: 'learning', rows: 0, learnedUs: T0 + 8001 * S });
  t.same(w.state('a').sets[LearnedSet.Peer], []);
  t.same(w.state('b').sets[LearnedSet.Peer], [5]);
  t.equal(w.sees(0, 6, 4002), Novelty.Learned);
  w.rows(0, 4002, 60, 2);
  t.same(
    w.baseline.trainable(T0 + 4100 * S, () => false),
    ['ventilator'],
    'b may be learned from',
  );
  t.ok(w.baseline.job('ventilator', T0 + 4100 * S).rows.includes(2));
  t.same(
    w.baseline.trainable(T0 + 4101 * S, () => false),
    [],
  );
});

t.test('a frozen device learns nothing, forgets nothing and stays where it is', async (t) => {
  const w = new Ward(['a']);
  w.rows(0, 0, 20);
  w.sees(0, 1, 5);
  w.order('freeze', null, 30);
  t.equal(w.sees(0, 2, 40), Novelty.Learned, 'nothing is told of it');
  w.rows(0, 50, 100);
  t.equal(w.state('a').rows, 20);
  t.same(w.state('a').sets[LearnedSet.Peer], [1]);
  w.tick(90_000);
  t.match(w.state('a'), { state: 'learning', frozen: true });
  w.order('unfreeze', ['a'], 90_001);
  w.rows(0, 90_002, 40);
  w.tick(90_100);
  t.equal(w.state('a').state, 'review');
});

t.test('what a suspect does is neither learned nor, for what it did just before, kept', async (t) => {
  const w = new Ward(['attacker', 'server'], { quarantine_s: 600, quarantine_back_s: 60 });
  w.sees(0, 1, 0);
  w.sees(1, 1, 0);
  w.rows(0, 0, 100);
  w.sees(0, 66, 80);
  w.sees(1, 66, 80);
  // the rule takes until second 100 to be sure
  w.baseline.suspect(0, T0 + 100 * S);
  w.baseline.suspect(1, T0 + 100 * S, false);
  t.equal(w.sees(0, 67, 120), Novelty.Learned);
  t.equal(w.state('attacker').rows, 40, 'rows of the last 60 s are gone');
  w.rows(0, 100, 500);
  w.rows(0, 800, 3300);
  w.rows(1, 800, 3300);
  w.tick(4200);
  for (const d of [0, 1]) {
    t.equal(w.sees(d, 1, 4300), Novelty.Known);
    t.equal(w.sees(d, 66, 4300), Novelty.New, 'the repeat is news');
  }
  t.equal(w.sees(0, 67, 4300), Novelty.New);
  t.equal(w.state('server').doubt, 0, 'nothing speaks against the victim');
  t.equal(w.state('attacker').doubt, 1);
});

t.test('a device that rules name all the time learns nevertheless, and waits for the operator', async (t) => {
  const w = new Ward(['chatty'], { quarantine_s: 600 });
  for (let s = 0; s < 9000; s += 30) {
    w.baseline.suspect(0, T0 + s * S);
    w.rows(0, s, 10);
  }
  t.ok(w.state('chatty').rows > 400, `${w.state('chatty').rows} rows`);
  w.tick(9000);
  t.match(w.state('chatty'), { state: 'review', doubt: 1 });
});

t.test('entries not seen for long leave; those of a device that was away stay', async (t) => {
  const w = new Ward(['here', 'away'], { ageing_weeks: 4 });
  for (const d of [0, 1]) {
    w.rows(d, 0, 60);
    w.sees(d, 1, 10);
    w.sees(d, 2, 10);
  }
  w.tick(4000);
  w.sees(0, 2, (5 * WEEK) / S);
  for (let i = 0; i < 200; i++) w.tick((5 * WEEK) / S + i);
  t.same(w.state('here').sets[LearnedSet.Peer], [2]);
  t.same(w.state('away').sets[LearnedSet.Peer], [1, 2]);
  t.equal(w.sees(0, 1, (5 * WEEK) / S + 300), Novelty.New);
});

t.test('state, rows and doubts survive a restart in the middle of learning', async (t) => {
  const w = new Ward(['a', 'b']);
  w.rows(0, 0, 30);
  w.rows(1, 0, 60);
  w.baseline.suspect(1, T0 + 300 * S);
  w.tick(4000);
  w.order('freeze', ['b'], 4001);
  const again = new Ward(['b', 'a'], {}, w.baseline.exportState());
  t.equal(again.baseline.exportState(), w.baseline.exportState());
  t.match(again.state('b'), { state: 'review', frozen: true, hits: 1 });
  again.rows(1, 4100, 19);
  t.ok(again.baseline.learning(1, T0 + 4200 * S), 'one row is missing');
  again.rows(1, 4200, 1);
  t.notOk(again.baseline.learning(1, T0 + 4201 * S));
});

t.test('a state of the version before ends by the clock alone', async (t) => {
  const old = `{"schema":"wardwire.learned.v1","seed":5,"devices":[{"id":"a","first_us":${T0},"learned_us":${T0 + 10 * S},"sets":{"Peer":[7]}}]}`;
  const w = new Ward(['a'], {}, old);
  t.notOk(w.baseline.learning(0, T0 + 10 * S));
  t.equal(w.sees(0, 7, 20), Novelty.Known);
  t.equal(w.sees(0, 8, 20), Novelty.New);
});
