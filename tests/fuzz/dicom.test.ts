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
import { mutate, pick, pieces } from '../support/mutate.js';
import { feed, type Step } from '../support/stream-feed.js';

t.setTimeout((FUZZ_S + 60) * 1000);
const settings = settingsDefaults(dicomSettings);

/** One element, explicit VR little endian (PS3.5 7.1.2), short form. */
function element(group: number, number: number, vr: string, value: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, Buffer.from(value, 'latin1')]);
}

/** Head of an image: strings, a sequence of undefined length with an item, pixel data. */
const DATASET = Buffer.concat([
  element(0x0008, 0x0005, 'CS', 'ISO_IR 100'),
  element(0x0008, 0x0060, 'CS', 'CT'),
  element(0x0008, 0x0070, 'LO', 'ACME'),
  Buffer.from('0800111153510000ffffffff', 'hex'),
  Buffer.from('feff00e0ffffffff', 'hex'),
  element(0x0008, 0x1150, 'UI', '1.2.3.'),
  Buffer.from('feff0de000000000feffdde000000000', 'hex'),
  Buffer.from('e07f10004f570000ffffffff', 'hex'),
  Buffer.alloc(300, 7),
]);
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
      const bytes = rng.int(3) === 0 ? mutate(rng, whole, pick(rng, PDUS)) : whole;
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
