import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { assembleSpec, readConfig } from '../../src/runtime/assemble.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { openSource } from '../../src/runtime/sensor-process.js';
import { projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(240_000);
const demo = join(projectRoot(), 'pcaps', 'ward-demo');
const capture = join(demo, 'capture.pcap');

t.test('after a start with models learned before, scoring waits until features can look back', async (t) => {
  const dir = temporaryFolder(t);
  const path = join(dir, 'wardwire.yaml');
  const models = join(dir, 'models');
  const scored = async (warmUpS: number): Promise<number> => {
    writeFileSync(
      path,
      `inventory:\n  site_file: ${join(demo, 'site.csv')}\nbaseline:\n  min_rows: 32\n  row_interval_s: 1\nfeatures:\n  row_interval_calm_ms: 1000\ndetect:\n  warm_up_s: ${warmUpS}\nstore:\n  data_dir: ${dir}\n`,
    );
    if (warmUpS === 0) {
      const trained = wardwire(['train', '--config', path, '--pcap', capture, '--out', models]);
      t.equal(trained.code, 0, trained.err);
    }
    const spec = assembleSpec(
      readConfig(path),
      { kind: 'files', files: [capture], speed: 'max' },
      { modelDir: models },
    );
    const pipeline = new Pipeline(spec, { verdict: () => undefined, train: () => undefined });
    for (const model of spec.models) pipeline.setModel(model);
    const files = openSource(spec, pipeline);
    await files.start(pipeline, () => undefined);
    await files.done;
    pipeline.finish();
    return pipeline.counters.values[
      pipeline.counters.define('counter', 'wardwire_scores_total', 'Feature rows scored.')
    ];
  };
  const at = [await scored(0), await scored(100), await scored(300)];
  t.ok(at[0] > at[1] && at[1] > 0, `${at.join(', ')} rows`);
  t.equal(at[2], 0, 'the capture is over before');
});
