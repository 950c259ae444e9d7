import { join } from 'node:path';
import t from 'tap';
import { decodeFile, defaultSettings } from '../../../src/runtime/index.js';
import { generate } from '../../support/gen/index.js';
import { temporaryFolder } from '../../support/wardwire.js';

// A mirror port that loses, doubles and reorders frames: what it did to an association is not held against who speaks.

for (const seed of [1, 2]) {
  t.test(`a bad mirror makes no association break the rules, seed ${seed}`, async (t) => {
    const file = join(temporaryFolder(t), 'impaired.pcap');
    await generate({ kind: 'impaired', packets: 250_000, seed, file });
    const { weirds } = await decodeFile(file, defaultSettings(), '00'.repeat(32), {});
    t.ok(weirds['tcp.gap'] > 100, `${weirds['tcp.gap']} gaps`);
    const states = Object.keys(weirds).filter((id) => id.startsWith('dicom.state.'));
    t.same(states, [], 'no weird of the association table');
  });
}
