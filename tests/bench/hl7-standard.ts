import Hl7 from 'hl7-standard';
import { Counters, settingsDefaults, Weirds } from '../../src/core/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';
import { eachPacket } from '../support/capture-bytes.js';

// hl7-standard alone: every message of a generated capture, whole in its packet, through its parser and nothing else.
// `node hl7-standard.js FILE`.

const layers = createLayers({
  settings: settingsDefaults(layersSettings),
  weirds: new Weirds(),
  counters: new Counters(),
});
let messages = 0;
await eachPacket(process.argv[2], (view) => {
  layers.decode(view);
  const { payBuf: b, payOff: from, payLen } = view;
  for (let at = from; at < from + payLen && b[at] === 0x0b; ) {
    const end = b.indexOf(0x1c, at);
    if (end < 0 || end >= from + payLen) break;
    new Hl7(b.toString('latin1', at + 1, end), {}).transform();
    messages++;
    at = end + 2;
  }
});
console.log(`${messages} messages`);
