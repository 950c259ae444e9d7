import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { prepareRows, quantile } from '../../src/baseline/index.js';
import { Random, settingsDefaults } from '../../src/core/index.js';
import { detectSettings, trainModel } from '../../src/detect/index.js';
import { FEATURES, SCHEMA } from '../../src/features/index.js';
import type { StoredModel } from '../../src/runtime/model-file.js';
import { makePack, mergePacks, openPack, startingModel } from '../../src/runtime/pack.js';
import { type Signer, signerOf } from '../../src/runtime/signing.js';
import { projectRoot, temporaryFolder } from '../support/wardwire.js';

const W = FEATURES.length;
const detect = settingsDefaults(detectSettings, { forest_trees: 20, mass_trees: 10 });

/** A model of two devices of a site where packets come at this rate. */
function site(rate: number, type = 'ventilator', n = 400, seed = 1): StoredModel {
  const r = new Random(seed);
  const rows = new Float64Array(n * W).fill(Number.NaN);
  for (let i = 0; i < n; i++) for (let f = 0; f < 20; f++) rows[i * W + f] = rate * Math.exp(0.1 * r.normal());
  const job = {
    rows,
    width: W,
    fromUs: 0,
    untilUs: n * 1e6,
    owner: Int32Array.from({ length: n }, (_, i) => i % 2),
    tsUs: Float64Array.from({ length: n }, (_, i) => i * 1e6),
    seen: new Uint32Array(2),
    ids: ['a', 'b'],
    medians: new Float32Array(2 * W).fill(Number.NaN),
  };
  const p = prepareRows(job, type, SCHEMA, { trim_share: 0, blend_rows: 0 });
  const { text } = trainModel({
    rows: p.rows,
    width: W,
    schema: SCHEMA,
    type,
    seed,
    settings: detect,
    fromUs: 0,
    untilUs: n * 1e6,
  });
  return { type, version: 1, key: '', text, own: [], prior: p.prior };
}

const schema = JSON.parse(
  readFileSync(join(projectRoot(), 'config', 'schema', 'baseline-pack.schema.json'), 'utf8'),
) as object;
const valid = new Ajv2020({ strict: false }).compile(schema);

t.test('a pack goes to another site and back; what is not as it says is refused', async (t) => {
  const [a, b]: Signer[] = [signerOf(temporaryFolder(t)), signerOf(temporaryFolder(t))];
  const model = site(10);
  const text = makePack([model], a);
  t.ok(valid(JSON.parse(text)), JSON.stringify(valid.errors?.slice(0, 3)));
  const pack = openPack(text, 'x', [a.key]);
  t.same(startingModel(pack.types[0]), { type: 'ventilator', text: model.text, own: [], prior: model.prior });
  t.equal(openPack(text, 'x', [a.key.slice(0, 16)]).sites, 1, 'a key by its first digits');
  t.throws(() => openPack(text, 'x.json', [b.key]), {
    code: 'model',
    message: new RegExp(`x\\.json: .*not trusted here: ${a.key}`),
  });
  t.throws(() => openPack(text, 'x', [a.key.slice(0, 8)]), { message: /not trusted/ }, 'too few digits');
  t.throws(() => openPack(text.replace('"sites":1', '"sites":2'), 'x', [a.key]), { message: /signature of the pack/ });
  t.throws(() => openPack('{}', 'x', [a.key]), { message: /not a pack/ });
  t.throws(() => openPack('no', 'x', [a.key]), { message: /not JSON/ });
  t.throws(() => makePack([{ ...model, prior: null }], a), { message: /no model to export/ });
  const wrong = { ...JSON.parse(text), types: [{ type: 'pacs', models: [{}] }] } as Record<string, unknown>;
  delete wrong.signature;
  const signed = JSON.stringify({ ...wrong, signature: a.sign(JSON.stringify(wrong)) });
  t.throws(() => openPack(signed, 'x', [a.key]), {
    message: /cannot be read/,
    problems: [{ path: 'x: types[0]' }, { path: 'x: types[0].models' }],
  });
});

t.test('packs of several sites merge: quantiles of all rows, models side by side', async (t) => {
  const [a, b, c]: Signer[] = [1, 2, 3].map(() => signerOf(temporaryFolder(t)));
  const one = openPack(makePack([site(10), site(5, 'pacs')], a), 'a', [a.key]);
  const two = openPack(makePack([site(1000, 'ventilator', 1200, 2)], b), 'b', [b.key]);
  const text = mergePacks([one, two], c);
  t.ok(valid(JSON.parse(text)));
  const merged = openPack(text, 'm', [c.key]);
  t.equal(merged.sites, 2);
  t.same(
    merged.types.map((x) => `${x.type} ${x.devices} ${x.rows} ${x.models.length}`),
    ['pacs 2 400 1', 'ventilator 4 1600 2'],
  );
  const s = merged.types[1].features.pkts_out_rate;
  t.ok(quantile(s, 0.1) < 20 && quantile(s, 0.5) > 500, 'a quarter of the rows is of the slow site');
  t.equal(JSON.parse(merged.types[1].models[0].text).body.rows, 1200, 'most rows first');
  const again = openPack(mergePacks([merged, one], c), 'm', [c.key]);
  t.equal(again.types[1].models.length, 2, 'the same model is kept once');
  t.throws(() => mergePacks([one, { ...two, feature_schema: 'f1' }], c), {
    code: 'model',
    message: /different features/,
  });
});
