import { join } from 'node:path';
import t from 'tap';
import { Counters, Random, settingsDefaults } from '../../../src/core/index.js';
import { createScorer, detectSettings, trainModel } from '../../../src/detect/index.js';
import { SCHEMA } from '../../../src/features/schema.js';
import { assembleSpec, defaultConfig, Replay } from '../../../src/runtime/index.js';
import { PROFILES } from '../../support/detect-stage.js';
import { hospitalMix } from '../../support/gen/index.js';
import { temporaryFolder } from '../../support/wardwire.js';

t.setTimeout(300_000);

const WIDTH = SCHEMA.features.length;
const PLANTED = 300;

/** Feature rows of a made-up hospital, by device type, in a seeded order. */
async function rowsByType(path: string): Promise<Map<string, Float64Array[]>> {
  const config = defaultConfig();
  const { settings } = config;
  const baseline = { ...settings.baseline, row_interval_s: 2, learning_s: 1e9 };
  const source = { kind: 'files', files: [path], speed: 'max' } as const;
  const spec = assembleSpec({ ...config, settings: { ...settings, baseline } }, source, { modelDir: null });
  const rows = new Map<string, Float64Array[]>();
  const replay = new Replay(spec, {
    verdict: () => undefined,
    row: (row, type) => {
      if (!rows.has(type)) rows.set(type, []);
      rows.get(type)!.push(row.values.slice());
    },
  });
  await replay.run();
  const random = new Random(9);
  for (const list of rows.values()) {
    for (let i = list.length - 1; i > 0; i--) {
      const j = random.int(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }
  return rows;
}

t.test('one feature of a real row made wild: the first reason names it', async (t) => {
  const path = join(temporaryFolder(t), 'a.pcap');
  hospitalMix({ path, packets: 100_000, kind: 'mixed', devices: 16, seed: 1 });
  const settings = settingsDefaults(detectSettings);
  let told = 0;
  let named = 0;
  for (const rows of (await rowsByType(path)).values()) {
    if (rows.length < 400) continue;
    const train = rows.slice(0, Math.floor(0.7 * rows.length));
    const data = new Float64Array(train.length * WIDTH);
    train.forEach((r, i) => {
      data.set(r, i * WIDTH);
    });
    const counters = new Counters();
    const scorer = createScorer({ settings, schema: SCHEMA, profiles: [PROFILES[0]], counters });
    const { type } = PROFILES[0];
    const input = { rows: data, width: WIDTH, schema: SCHEMA, type, seed: 1, settings, fromUs: 0, untilUs: 1 };
    scorer.setModel(trainModel(input).text);
    const random = new Random(5);
    const score = (values: Float64Array) => scorer.score({ device: 0, tsUs: 0, values, schemaId: SCHEMA.id }, 0)!;
    for (let i = 0; i < PLANTED; i++) {
      const row = rows[train.length + random.int(rows.length - train.length)].slice();
      const f = random.int(WIDTH);
      if (Number.isNaN(row[f]) || score(row).pValue < 0.05) continue;
      const highest = train.reduce((m, r) => (r[f] > m ? r[f] : m), 0);
      // an amount a thousand times the highest seen, a ratio at its other end
      const linear = SCHEMA.features[f].transform === 'linear';
      row[f] = !linear ? Math.max(1000, 1000 * highest) : highest < 0.7 ? 1 : 20 * highest + 20;
      const s = score(row);
      if (s.pValue >= 0.001) continue;
      told++;
      if (s.contributions[0].feature === f) named++;
    }
  }
  t.comment(`${told} planted causes rare enough to be told of, ${named} named first`);
  t.ok(told >= 100, `${told} told of`);
  t.ok(named >= 0.95 * told, `${named} of ${told}`);
});
