import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { type Hl7Message, Random, settingsDefaults } from '../../../src/core/index.js';
import { createHl7, hl7Settings } from '../../../src/protocols/hl7/index.js';
import { pieces } from '../../support/mutate.js';
import { feed, type Step } from '../../support/stream-feed.js';
import { sharedFolder } from '../../support/wardwire.js';

// Real messages of other projects, one MLLP block after the other: each is decoded whatever the segments are cut like.

const shared = sharedFolder();
const dir = shared === null ? '' : join(shared, 'datasets', 'hl7');
const files = dir !== '' && existsSync(dir) ? readdirSync(dir).filter((n) => n.endsWith('.mllp.gz')) : [];
if (files.length === 0) t.comment('SKIPPED: the shared HL7 messages are not on this machine');

/** What a plain reading of a block finds: MSH-9 of each message in it. */
function types(block: string): string[] {
  return block
    .split(/[\r\n]+/)
    .filter((s) => /^MSH[^\w\s]/.test(s))
    .map((s) => {
      const [type = '', trigger = ''] = (s.split(s[3])[8] ?? '').split(s[4]);
      return (trigger === '' ? type : `${type}_${trigger}`).trim();
    });
}

for (const name of files) {
  t.test(name, async (t) => {
    const bytes = gunzipSync(readFileSync(join(dir, name)));
    const blocks = bytes.toString('latin1').split('\x0b').slice(1);
    const want = blocks.flatMap(types);
    t.ok(want.length > 0, `${want.length} messages`);
    for (let seed = 0; seed < 20; seed++) {
      const steps: Step[] = [...pieces(new Random(seed), bytes)].reduce<{ at: number; steps: Step[] }>(
        (sum, p) => {
          const n = p.gap ?? p.bytes?.length ?? 0;
          // nothing is missing here: a gap's bytes are there, only cut
          sum.steps.push({ dir: 0, bytes: bytes.subarray(sum.at, sum.at + n) });
          return { at: sum.at + n, steps: sum.steps };
        },
        { at: 0, steps: [] },
      ).steps;
      const { events } = feed((ctx) => createHl7(ctx, settingsDefaults(hl7Settings)), steps);
      const got = events.filter((e): e is Hl7Message => e.kind === 'hl7.message').map((e) => e.messageType);
      if (String(got) !== String(want)) {
        const at = got.findIndex((g, i) => g !== want[i]);
        return t.fail(`seed ${seed}: message ${at}: '${got[at]}' is '${want[at]}' (${got.length} of ${want.length})`);
      }
    }
  });
}
