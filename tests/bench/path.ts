import { captureSettings, openFiles } from '../../src/capture/index.js';
import { Counters, type FlowSink, settingsDefaults, Weirds } from '../../src/core/index.js';
import { createFlow, flowSettings } from '../../src/flow/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';

// The packet path alone: reading, layers, flows and reassembly, with nobody above that listens. `node path.js FILE`.

const counters = new Counters();
const weirds = new Weirds();
const layers = createLayers({ settings: settingsDefaults(layersSettings), weirds, counters });
let flows = 0;
let octets = 0;
const sink: FlowSink = {
  flowOpened: () => {
    flows++;
  },
  flowClosed: () => undefined,
  stream: (_slot, slice) => {
    octets += slice.to - slice.from;
  },
  datagram: () => undefined,
};
const flow = createFlow({ settings: settingsDefaults(flowSettings), sink, weirds, counters, seed: 1 });
let nextTickUs = 0;
let packets = 0;
const source = openFiles([process.argv[2]], {
  speed: 'max',
  settings: settingsDefaults(captureSettings),
  counters,
  weirds,
});
await source.start(
  {
    packet: (view) => {
      packets++;
      if (view.tsUs >= nextTickUs) {
        nextTickUs = view.tsUs + 1e6;
        layers.tick(view.tsUs);
        flow.tick(view.tsUs);
      }
      layers.decode(view);
      flow.track(view);
      flow.deliver(view);
    },
  },
  () => undefined,
);
await source.done;
console.log(`${packets} packets, ${flows} flows, ${octets} octets of streams`);
