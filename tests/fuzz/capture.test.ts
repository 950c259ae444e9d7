import t from 'tap';
import { Next } from '../../src/capture/next.js';
import { Records } from '../../src/capture/records.js';
import { PacketView, type Random, WardwireError } from '../../src/core/index.js';
import { ngBlock, ngEnhanced, ngInterface, ngOption, ngSection, pcapBytes, words } from '../support/capture-bytes.js';
import { FUZZ_S, fuzz } from '../support/fuzz.js';
import { mutate, pick } from '../support/mutate.js';

t.setTimeout((FUZZ_S + 60) * 1000);
const NONE = Buffer.alloc(0);
const MAGICS = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0x1c0001ac];

function pcap(rng: Random): Buffer {
  const packets = Array.from({ length: rng.int(6) }, (_, i) => ({
    s: 1700000000 + i,
    f: i,
    data: Buffer.alloc(rng.int(200), i),
  }));
  return pcapBytes(packets, { magic: pick(rng, MAGICS), little: rng.int(2) === 0 });
}

function pcapng(rng: Random): Buffer {
  const little = rng.int(2) === 0;
  const blocks = [ngSection(little)];
  for (let n = rng.int(10); n > 0; n--) {
    const data = Buffer.alloc(rng.int(120), n);
    blocks.push(
      pick(rng, [
        () =>
          ngInterface(
            rng.int(300),
            rng.int(1000),
            rng.int(2) ? ngOption(9, Buffer.of(rng.int(256)), little) : NONE,
            little,
          ),
        () => ngEnhanced(rng.int(3), 1700000000000000n, data, data.length, little),
        () => ngBlock(3, Buffer.concat([words(little, data.length), data]), little),
        () => ngBlock(pick(rng, [2, 4, 5, 0xbad, 0x0a0d0d0a]), data, little),
        () => ngSection(rng.int(2) === 0),
      ])(),
    );
  }
  return Buffer.concat(blocks);
}

t.test('mutated capture files in any pieces: packets within the bytes, or a clear end', async (t) => {
  const records = new Records();
  const view = new PacketView();
  fuzz(t, (rng, say) => {
    const whole = rng.int(2) === 0 ? pcap(rng) : pcapng(rng);
    const bytes = rng.int(5) === 0 ? whole : mutate(rng, whole, rng.int(2) === 0 ? pcap(rng) : pcapng(rng));
    say(bytes.toString('hex'));
    records.reset('fuzz');
    let packets = 0;
    let at = 0;
    for (let turns = 0; ; turns++) {
      if (turns > 3 * bytes.length + 100) throw new Error('no end');
      let next: Next;
      try {
        next = records.next(view);
      } catch (error) {
        if (error instanceof WardwireError && error.code === 'file') return packets + 1;
        throw error;
      }
      if (next === Next.Damaged) {
        if (records.damage === '') throw new Error('damage without a reason');
        return packets + 1;
      }
      if (next === Next.Packet) {
        packets++;
        const inside =
          view.off >= 0 &&
          view.end === view.off + view.capLen &&
          view.end <= records.end &&
          view.wireLen >= view.capLen;
        if (!inside || !Number.isFinite(view.tsUs))
          throw new Error(`packet ${packets}: ${view.off} … ${view.end} of ${records.end}, time ${view.tsUs}`);
        continue;
      }
      if (at === bytes.length) return packets + 1;
      const n = Math.min(records.room(), bytes.length - at, 1 + rng.int(300));
      if (n <= 0) throw new Error('no room for more');
      bytes.copy(records.buf, records.end, at, at + n);
      records.end += n;
      at += n;
      if (at === bytes.length) records.finish();
    }
  });
});
