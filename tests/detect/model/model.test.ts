import t from 'tap';
import { Counters, type FeatureSchema, Random, settingsDefaults } from '../../../src/core/index.js';
import { anomalyFinding, createScorer, detectSettings, parseModel, trainModel } from '../../../src/detect/index.js';
import { plainSchema } from '../../support/detect-data.js';
import { PROFILES } from '../../support/detect-stage.js';

const WIDTH = 12;
const schema = plainSchema(WIDTH);

/** Features 0…8 vary, 9 never does, 10 and 11 are seen together on every third row only. */
function rows(n: number, seed: number): Float64Array {
  const r = new Random(seed);
  return Float64Array.from({ length: n * WIDTH }, (_, i) => {
    const f = i % WIDTH;
    const row = Math.floor(i / WIDTH);
    if (f === 9) return 0;
    if (f >= 10) return row % 3 === 0 ? 5 + r.float() : Number.NaN;
    return Math.exp(3 + 0.3 * r.normal());
  });
}

const settings = settingsDefaults(detectSettings);
const train = (seed = 3, s: FeatureSchema = schema): string =>
  trainModel({
    rows: rows(900, 1),
    width: WIDTH,
    schema: s,
    type: 'ventilator',
    seed,
    settings,
    fromUs: 1,
    untilUs: 2,
  }).text;

function scorer(changes = {}) {
  const s = createScorer({
    settings: { ...settings, ...changes },
    schema,
    profiles: PROFILES,
    counters: new Counters(),
  });
  s.setModel(train());
  return s;
}
const row = (values: Float64Array, device = 0) => ({ device, tsUs: 1e15, values, schemaId: schema.id });

t.test('same rows and seed, same file; another seed, another id', async (t) => {
  t.equal(train(3), train(3));
  t.not(parseModel(train(3), schema).id, parseModel(train(4), schema).id);
  t.match(parseModel(train(3), schema).id, /^ventilator-[0-9a-f]{12}$/);
});

t.test('a saved model scores as the trained one', async (t) => {
  const a = parseModel(train(), schema);
  t.equal(a.forest.roots.length, settings.forest_trees);
  t.same(a, parseModel(train(), schema));
});

t.test('models that do not fit are refused by name', async (t) => {
  t.throws(() => parseModel('{', schema), { code: 'model', message: /not JSON/ });
  t.throws(() => parseModel('{"body":{"schema":"other"}}', schema), { code: 'model', message: /not a model file/ });
  t.throws(() => parseModel('{"body":{"schema":"wardwire.model.v1"}}', schema), {
    code: 'model',
    message: /of schema wardwire\.model\.v1, this program reads wardwire\.model\.v2/,
  });
  t.throws(() => parseModel(train(), plainSchema(WIDTH, 'linear')), {
    code: 'model',
    message: /trained on feature schema test-12-log1p, this program has test-12-linear/,
  });
  const damaged = train().replace('"rows":900', '"rows":901');
  t.throws(() => parseModel(damaged, schema), { code: 'model', message: /digest/ });
});

t.test('training refuses rows that cannot be learned from', async (t) => {
  const few = { rows: rows(10, 1), width: WIDTH, schema, type: 'pacs', seed: 1, settings, fromUs: 0, untilUs: 0 };
  t.throws(() => trainModel(few), { code: 'model', message: /10 rows are too few/ });
  t.throws(() => trainModel({ ...few, width: 5 }), { code: 'model', message: /do not fit/ });
});

t.test('unseen normal rows are not odd; a planted cause is, and the first reason names it', async (t) => {
  const s = scorer();
  const normal = rows(1000, 77);
  let odd = 0;
  for (let i = 0; i < 1000; i++) {
    if (s.score(row(normal.slice(i * WIDTH, (i + 1) * WIDTH)), 0)!.pValue < 0.01) odd++;
  }
  t.ok(odd <= 30, `${odd} of 1000 normal rows below p 0.01`);
  let named = 0;
  let rare = 0;
  for (let i = 0; i < 100; i++) {
    const v = normal.slice(i * WIDTH, (i + 1) * WIDTH);
    const planted = i % 10;
    v[planted] = planted === 9 ? 4 : v[planted] * 40;
    const score = s.score(row(v), 0)!;
    if (score.pValue < 0.001) rare++;
    if (score.contributions[0]?.feature === planted) named++;
  }
  t.ok(rare >= 90, `${rare} of 100 planted rows below p 0.001`);
  t.ok(named >= 0.95 * rare, `${named} of ${rare} causes named first`);
});

t.test('a feature not observed is its median, unless it always was', async (t) => {
  const s = scorer();
  const v = rows(1, 5);
  const before = s.score(row(v), 0)!.pValue;
  t.ok(before > 0.01);
  const absent = v.slice();
  absent[10] = Number.NaN;
  absent[11] = Number.NaN;
  t.ok(s.score(row(absent), 0)!.pValue > 0.01, 'absent as on two rows of three');
});

t.test('no model, another schema: no score', async (t) => {
  const s = scorer();
  t.equal(s.score(row(rows(1, 5)), 1), null);
  t.equal(s.score({ ...row(rows(1, 5)), schemaId: 'other' }, 0), null);
  t.ok(s.has('ventilator'));
  t.notOk(s.has('pacs'));
  t.match(s.describe('ventilator'), { fromUs: 1, untilUs: 2 });
});

t.test('an anomaly must persist before it is a finding', async (t) => {
  const s = scorer({ persist_need: 3, persist_of: 5, threshold_p: 0.01 });
  const bad = rows(1, 5);
  bad[0] *= 50;
  bad[1] *= 50;
  const good = rows(1, 5);
  const say = (v: Float64Array, device: number) =>
    anomalyFinding({
      score: s.score(row(v, device), 0)!,
      row: row(v, device),
      schema,
      profile: PROFILES[0],
      learning: false,
      scorer: s,
    });
  t.equal(say(bad, 4), null);
  t.equal(say(bad, 4), null);
  t.equal(say(good, 4), null);
  t.equal(say(bad, 5), null, 'another device has its own memory');
  const f = say(bad, 4);
  t.match(f, { scenario: 'anomaly.profile', device: 4, severity: 'high', detector: 'profile' });
  t.match(f?.reasons[0].text, /^feature [01]: .*usually .* for this type \(ventilator\)\.$/);
  t.ok(f!.reasons[0].expectedHigh! < (f!.reasons[0].observed as number));
  t.match(f!.parts.map((p) => p.name).sort(), ['autoencoder', 'forest', 'mass', 'tails']);
});
