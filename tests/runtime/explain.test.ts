import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import t from 'tap';
import { MAX_BASIS_BYTES, type VerdictDraft } from '../../src/core/index.js';
import { finalise } from '../../src/publish/index.js';
import { assembleSpec, evidenceDirOf, readConfig } from '../../src/runtime/assemble.js';
import { explainVerdict } from '../../src/runtime/explain.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { openSource } from '../../src/runtime/sensor-process.js';
import { openVerdictLog } from '../../src/store/index.js';
import { projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

// Every verdict of the demo is explained from what the log keeps beside it, and its score made again from the stored numbers.
t.setTimeout(240_000);
const demo = join(projectRoot(), 'pcaps', 'ward-demo');

t.test('every verdict of the demo is made again from the log', async (t) => {
  const dir = temporaryFolder(t);
  const path = join(dir, 'wardwire.yaml');
  const data = join(dir, 'data');
  mkdirSync(data);
  const secret = await generateIdentity();
  const recipient = await identityToRecipient(secret);
  const identity = join(dir, 'key.txt');
  writeFileSync(identity, `${secret}\n`);
  // quick to learn and quick to speak, so that the learned detectors give verdicts too
  const settings = (learning: number) =>
    `inventory:\n  site_file: ${join(demo, 'site.csv')}\nbaseline:\n  learning_s: ${learning}\n  min_rows: 32\n  row_interval_s: 1\nfeatures:\n  row_interval_calm_ms: 1000\ndetect:\n  alerts_per_device_per_week: 1000\n  persist_need: 1\n  warm_up_s: 0\nevidence:\n  payload: full\n  recipients: [${recipient}]\nstore:\n  data_dir: ${data}\n`;
  writeFileSync(path, settings(95));
  const models = join(data, 'models');
  const trained = wardwire(['train', '--config', path, '--pcap', join(demo, 'capture.pcap'), '--out', models]);
  t.equal(trained.code, 0, trained.err);
  // what was learned of everything would leave nothing new
  rmSync(join(models, 'learned.json'));

  const config = readConfig(path);
  const source = { kind: 'files', files: [join(demo, 'capture.pcap')], speed: 'max' } as const;
  const spec = assembleSpec(config, source, { modelDir: models, evidenceDir: evidenceDirOf(config) });
  const log = await openVerdictLog({
    path: join(data, 'verdicts.sqlite'),
    settings: config.settings.store,
    logger: { log: () => undefined },
    nowMs: 0,
  });
  const told: VerdictDraft[] = [];
  let pipeline: Pipeline | null = null;
  pipeline = new Pipeline(spec, { verdict: (draft) => told.push(draft), train: () => undefined });
  for (const model of spec.models) pipeline.setModel(model);
  const files = openSource(spec, pipeline);
  await files.start(pipeline, () => undefined);
  await files.done;
  pipeline.finish();
  await pipeline.close();
  for (const draft of told) {
    const { verdict } = finalise(draft, { seq: 1, bootId: 'b', issuedUs: 0, nowUs: 0 });
    log.append(verdict, { basis: draft.basis });
  }
  await log.close();
  const open = told.filter((d) => d.verdict.incident.state !== 'closed');
  t.ok(open.every((d) => d.basis !== undefined && JSON.stringify(d.basis).length <= MAX_BASIS_BYTES));

  let agreed = 0;
  let outside = 0;
  let learned = 0;
  const states: Record<string, number> = {};
  for (const { verdict: v } of told) {
    const e = await explainVerdict(config, v.id, { modelDir: null, identity: null });
    states[e.recomputed.state] = (states[e.recomputed.state] ?? 0) + 1;
    t.equal(e.verdict.id, v.id);
    t.not(e.recomputed.state, 'differs', `${v.scenario} ${v.id} ${v.incident.state}`);
    if (e.recomputed.state === 'agrees') agreed++;
    if (v.scenario.startsWith('anomaly') && v.incident.state !== 'closed') {
      t.equal(e.recomputed.state, 'agrees', `${v.scenario} of ${v.device.type}`);
      const odd = e.reasons.filter((r) => r.agrees !== true).map((r) => r.feature);
      t.same(odd, [], 'every reason stands in the stored row and in the model');
    }
    if (v.incident.state === 'closed') continue;
    t.ok(e.features.length > 50 && e.features.some((f) => f.value !== null), 'the row of the device');
    if (e.reasons.some((r) => r.outside === true)) outside++;
    else if (e.lessons.length > 0) learned++;
    else
      t.ok(e.reasons.some((r) => r.agrees !== null) || e.lessons.length > 0, `${v.scenario}: nothing to show for it`);
  }
  const anomalies = open.filter((d) => d.verdict.scenario.startsWith('anomaly')).length;
  t.ok(anomalies > 0, 'learned detectors spoke');
  t.comment(
    `${told.length} verdicts of the demo: ${anomalies} by learned detectors, ${agreed} scores made again the same, ${outside} by a number outside its bounds, ${learned} by something not learned; ${JSON.stringify(states)}`,
  );

  // evidence with payload: what was said in it, by its elements, without a value
  const store = open.find((d) => d.verdict.scenario === 'dicom.find.enumeration') as VerdictDraft;
  const sealed = await explainVerdict(config, store.verdict.id, { modelDir: null, identity: null });
  t.match(sealed.packets.evidence, { payload: 'full' });
  t.equal(sealed.packets.deep, null, 'encrypted');
  const { packets } = await explainVerdict(config, store.verdict.id, { modelDir: null, identity });
  const query = packets.deep?.find((l) => l.kind === 'dicom.dataset') as { elements: { tag: string }[] };
  t.ok(query.elements.length > 1, 'looked into by the deep reader');
  t.ok(query.elements.every((e) => Object.keys(e).sort().join() === 'depth,length,tag,vr'));

  // by the command, for people and programs
  const one = open.find((d) => d.verdict.scenario.startsWith('anomaly')) as VerdictDraft;
  const r = wardwire(['explain', one.verdict.id, '--config', path]);
  t.equal(r.code, 0, r.err);
  for (const head of ['verdict', 'packets', 'why', 'rule', 'features', 'detectors', 'score', 'model', 'advice'])
    t.match(r.out, new RegExp(`^${head} `, 'm'));
  t.match(r.out, /the same as then/);
  t.match(r.out, /percentile for this device is/);
  const j = JSON.parse(wardwire(['explain', one.verdict.incident.id, '--json', '--config', path]).out);
  t.equal(j.verdict.incident.id, one.verdict.incident.id);
  t.equal(wardwire(['explain', 'ZZZZZZZZZZ', '--config', path]).code, 2);

  // a model that is gone, and one that was changed
  for (const f of readdirSync(models)) if (f.startsWith(`${one.verdict.device.type}.`)) rmSync(join(models, f));
  const gone = await explainVerdict(config, one.verdict.id, { modelDir: null, identity: null });
  t.equal(gone.recomputed.state, 'no model');
  t.ok(readFileSync(join(data, 'verdicts.sqlite')).length > 0);
});
