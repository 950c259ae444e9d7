import t from 'tap';
import { EvidenceFeed } from '../support/evidence-feed.js';
import * as seed from '../support/evidence-seeds.js';
import { FUZZ_S, fuzz } from '../support/fuzz.js';
import { mutateDraft } from '../support/hostile/mutator.js';
import { messageDraft, typeDraft } from '../support/hostile/traffic.js';
import { pick, pieces } from '../support/mutate.js';
import type { Step } from '../support/stream-feed.js';

t.setTimeout((FUZZ_S + 60) * 1000);

const DATAGRAMS: readonly (readonly [port: number, seed: Buffer])[] = [
  ...seed.DATAGRAMS,
  [547, Buffer.from('010000010027000900075852415930370010000e00000137000 84d53465420352e30'.replace(/ /g, ''), 'hex')],
  [69, Buffer.from('\0\x01config.bin\0octet\0', 'latin1')],
  [53, seed.answers([], 0x0100, Buffer.concat([seed.name('a.mydlink.com'), Buffer.from('00010001', 'hex')]))],
];
const STREAMS: readonly (readonly [port: number, steps: readonly Step[]])[] = [
  [80, seed.HTTP],
  [49152, seed.UPNP],
  [1883, seed.MQTT],
  [445, seed.SMB],
  [445, seed.SMB_CHANGES],
  [1883, seed.MQTT_WIDE],
  [3333, seed.STRATUM],
  [22, seed.SSH],
  [21, seed.FTP],
];
/** A value is cleaned and bounded, whatever came. */
const CLEAN = /^[A-Za-z0-9._\-+/:@^ ]{1,96}$/;

function check(f: EvidenceFeed): number {
  for (const e of f.events) {
    if (e.kind === 'evidence' && !CLEAN.test(e.value)) throw new Error(`value ${JSON.stringify(e.value)}`);
  }
  return f.events.length;
}

t.test('changed announcements and connections: nothing throws, hangs or leaves uncleaned', async (t) => {
  fuzz(t, (rng, say) => {
    let n = 0;
    for (let i = 0; i < 8; i++) {
      const [port, whole] = pick(rng, DATAGRAMS);
      const bytes = mutateDraft(rng, messageDraft(port, whole), messageDraft(port, pick(rng, DATAGRAMS)[1]));
      say(`port ${port}: ${bytes.toString('hex')}`);
      n += check(new EvidenceFeed(port).datagram(bytes, rng.int(2) as 0 | 1)) + 1;
    }
    const [type, frame] = pick(rng, seed.FRAMES);
    const changed = mutateDraft(rng, typeDraft(type, frame), typeDraft(...pick(rng, seed.FRAMES)));
    say(`frame ${type.toString(16)}: ${changed.toString('hex')}`);
    n += check(new EvidenceFeed(1).frame(type, changed)) + 1;
    const [port, steps] = pick(rng, STREAMS);
    const cut: Step[] = [];
    for (const s of steps) {
      const bytes = s.bytes as Buffer;
      const body =
        rng.int(2) === 0
          ? bytes
          : mutateDraft(rng, messageDraft(port, bytes), messageDraft(port, pick(rng, STREAMS)[1][0].bytes as Buffer));
      for (const p of pieces(rng, body)) cut.push({ dir: s.dir, ...p });
    }
    say(`port ${port}: ${cut.map((s) => `${s.dir}${s.bytes?.toString('hex') ?? `gap${s.gap}`}`).join(' ')}`);
    return n + check(new EvidenceFeed(port).stream(cut)) + 1;
  });
});
