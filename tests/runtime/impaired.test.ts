import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { generate } from '../support/gen/index.js';
import { temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(120_000);

// the long form: WARDWIRE_PACKETS=200000 and other seeds
const packets = Number(process.env.WARDWIRE_PACKETS ?? '80000');
const seed = Number(process.env.WARDWIRE_SEED ?? '1');

/** Verdicts of DICOM and HL7 scenarios, how many of each. */
function told(file: string, config: string): Record<string, number> {
  const r = wardwire(['replay', '--json', '--config', config, file]);
  if (r.code !== 0) throw new Error(r.err);
  const counts: Record<string, number> = {};
  for (const line of r.out.split('\n').filter((l) => l !== '')) {
    const { scenario } = JSON.parse(line) as { scenario: string };
    if (/^(dicom|hl7)\./.test(scenario)) counts[scenario] = (counts[scenario] ?? 0) + 1;
  }
  return counts;
}

t.test('a span that loses, repeats and reorders packets: nobody is blamed for what was not seen', async (t) => {
  const dir = temporaryFolder(t);
  const [clean, impaired] = ['mixed', 'impaired'].map((kind) => join(dir, `${kind}.pcap`));
  await generate({ kind: 'mixed', packets, seed, file: clean });
  await generate({ kind: 'impaired', packets, seed, file: impaired });
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${dir}\n`);
  t.same(told(impaired, config), {}, 'before anything is learned');
  // a third of the capture is learned: what comes later for the first time is told, with and without impairment
  writeFileSync(config, `baseline:\n  learning_s: 8\n  learning_rows: 0\nstore:\n  data_dir: ${dir}\n`);
  const [whole, holed] = [told(clean, config), told(impaired, config)];
  t.ok(Object.keys(whole).length > 0);
  for (const [scenario, n] of Object.entries(holed))
    t.ok(
      n <= (whole[scenario] ?? 0),
      `${scenario}: ${n} times, on the same capture unimpaired ${whole[scenario] ?? 0}`,
    );
});
