import { join } from 'node:path';
import t from 'tap';
import { generate } from '../support/gen/index.js';
import { temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(120_000);

t.test('a span that loses, repeats and reorders packets: nobody is blamed for what was not seen', async (t) => {
  const file = join(temporaryFolder(t), 'impaired.pcap');
  // the long form: 200,000 packets and other seeds
  const { WARDWIRE_PACKETS: packets = '80000', WARDWIRE_SEED: seed = '1' } = process.env;
  await generate({ kind: 'impaired', packets: Number(packets), seed: Number(seed), file });
  const r = wardwire(['replay', '--json', file]);
  t.equal(r.code, 0, r.err);
  const verdicts = r.out
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as { scenario: string; reasons: { text: string }[] });
  t.same(
    verdicts.filter((v) => /^(dicom|hl7)\./.test(v.scenario)).map((v) => `${v.scenario}: ${v.reasons[0].text}`),
    [],
  );
});
