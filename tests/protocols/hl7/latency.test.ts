import { join } from 'node:path';
import t from 'tap';
import { Counters, settingsDefaults, Weirds } from '../../../src/core/index.js';
import { createLayers, layersSettings } from '../../../src/layers/index.js';
import { decodeFile, defaultSettings } from '../../../src/runtime/index.js';
import { eachPacket } from '../../support/capture-bytes.js';
import { sharedFolder } from '../../support/wardwire.js';

// How long acknowledgements took, against a plain reading of the capture: from the packet that ends a block (FS CR) to the packet that
// ends the next block of the other side.

const shared = sharedFolder();
if (shared === null) t.comment('SKIPPED LOUDLY: no shared captures on this machine (WARDWIRE_SHARED)');

/** µs from block end to the answering block's end, of connections on which one side speaks after the other. */
async function plainly(file: string): Promise<number[]> {
  const counters = new Counters();
  const weirds = new Weirds();
  const layers = createLayers({ settings: settingsDefaults(layersSettings), weirds, counters });
  const asked = new Map<string, number>();
  const took: number[] = [];
  await eachPacket(file, (v) => {
    layers.decode(v);
    const end = v.payOff + v.payLen;
    if (v.ipProto !== 6 || v.payLen === 0 || v.payBuf[end - 2] !== 0x1c || v.payBuf[end - 1] !== 0x0d) return;
    const there = `${v.src3}:${v.srcPort}>${v.dst3}:${v.dstPort}`;
    const back = `${v.dst3}:${v.dstPort}>${v.src3}:${v.srcPort}`;
    const sentUs = asked.get(back);
    if (sentUs === undefined) asked.set(there, v.tsUs);
    else {
      took.push(v.tsUs - sentUs);
      asked.delete(back);
    }
  });
  return took;
}

for (const name of ['hl7_pyhl7_pcd01_devices_p6661.pcap', 'hl7_simplehl7_nak_p3000.pcap']) {
  t.test(name, { skip: shared === null }, async (t) => {
    const file = join(shared as string, 'pcaps', 'medical-made', name);
    const truth = await plainly(file);
    const heard: number[] = [];
    await decodeFile(file, defaultSettings(), '00'.repeat(32), {
      event: (e) => {
        if (e.kind === 'hl7.ack' && e.pairing === 'same') heard.push(e.latencyUs as number);
      },
    });
    t.ok(heard.length > 3, `${heard.length} acknowledgements`);
    // every latency told is one of the capture's, within a millisecond
    const far = heard.filter((us) => !truth.some((x) => Math.abs(x - us) <= 1000));
    t.same(far, []);
  });
}
