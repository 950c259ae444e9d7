import t from 'tap';
import { settingsDefaults } from '../../src/core/index.js';
import { createDicom, dicomSettings } from '../../src/protocols/dicom/index.js';
import {
  abort,
  associateAc,
  associateRj,
  associateRq,
  command,
  pdata,
  pdu,
  pdv,
  releaseRp,
  releaseRq,
} from '../support/dicom-bytes.js';
import { FUZZ_S, fuzz } from '../support/fuzz.js';
import { mutateDraft } from '../support/hostile/mutator.js';
import { DATASET } from '../support/hostile/sessions.js';
import { messageDraft } from '../support/hostile/traffic.js';
import { pick, pieces } from '../support/mutate.js';
import { feed, type Step } from '../support/stream-feed.js';

t.setTimeout((FUZZ_S + 60) * 1000);
const settings = settingsDefaults(dicomSettings);

const PDUS = [
  associateRq(),
  associateRq({}),
  associateAc(),
  associateRj(1, 1, 3),
  pdata(pdv(1, 3, command(0x0030))),
  pdata(pdv(1, 3, command(0x8030, { to: 1, status: 0 }))),
  pdata(pdv(1, 3, command(0x0001)), pdv(1, 0, DATASET.subarray(0, 80)), pdv(1, 2, DATASET.subarray(80))),
  pdata(pdv(1, 3, command(0x0020)), pdv(1, 2, DATASET)),
  releaseRq(),
  releaseRp(),
  abort(2, 1),
  pdu(9, Buffer.alloc(40, 1)),
];

t.test('mutated associations never throw, hang or speak more than was sent', async (t) => {
  fuzz(t, (rng, say) => {
    const streams: [Buffer[], Buffer[]] = [[], []];
    let opening = rng.int(4) !== 0 ? 2 : 0;
    for (let n = 1 + rng.int(24); n > 0; n--) {
      const whole = opening === 2 ? PDUS[0] : opening === 1 ? PDUS[2] : pick(rng, PDUS);
      const bytes =
        rng.int(3) === 0 ? mutateDraft(rng, messageDraft(104, whole), messageDraft(104, pick(rng, PDUS))) : whole;
      streams[opening === 2 ? 0 : opening === 1 ? 1 : rng.int(2)].push(bytes);
      if (opening > 0) opening--;
    }
    const sides = streams.map((s) => [...pieces(rng, Buffer.concat(s))]);
    const steps: Step[] = [];
    while (sides[0].length + sides[1].length > 0) {
      const dir = (sides[0].length === 0 ? 1 : sides[1].length === 0 ? 0 : rng.int(2)) as 0 | 1;
      const p = sides[dir].shift();
      if (p !== undefined) steps.push({ dir, ...p });
    }
    say(steps.map((s) => `${s.dir}${s.gap === undefined ? (s.bytes ?? '').toString('hex') : `gap${s.gap}`}`).join(' '));
    const { events } = feed((ctx) => createDicom(ctx, settings), steps, rng.int(2) === 0);
    const octets = steps.reduce((sum, s) => sum + (s.bytes?.length ?? 0), 0);
    // the smallest event costs six octets of a PDU header; each may bring a weird or two
    if (events.length > 3 + octets) throw new Error(`${events.length} events from ${octets} octets`);
    return steps.length;
  });
});
