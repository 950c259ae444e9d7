import Hl7 from 'hl7-standard';
import { captureSettings, openFiles } from '../../src/capture/index.js';
import { Counters, settingsDefaults, Weirds } from '../../src/core/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';

// hl7-standard alone: every message of a generated capture, whole in its packet, through its parser and nothing else.
// `node hl7-standard.js FILE`.

const counters = new Counters();
const weirds = new Weirds();
const layers = createLayers({ settings: settingsDefaults(layersSettings), weirds, counters });
let messages = 0;
const source = openFiles([process.argv[2]], {
  speed: 'max',
  settings: settingsDefaults(captureSettings),
  counters,
  weirds,
});
await source.start(
  {
    packet: (view) => {
      layers.decode(view);
      const { payBuf: b, payOff: from, payLen } = view;
      for (let at = from; at < from + payLen && b[at] === 0x0b; ) {
        const end = b.indexOf(0x1c, at);
        if (end < 0 || end >= from + payLen) break;
        new Hl7(b.toString('latin1', at + 1, end), {}).transform();
        messages++;
        at = end + 2;
      }
    },
  },
  () => undefined,
);
await source.done;
console.log(`${messages} messages`);
