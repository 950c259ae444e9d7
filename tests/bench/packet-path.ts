import { Counters, type FlowSink, type PacketView, settingsDefaults, Weirds } from '../../src/core/index.js';
import { createFlow, flowSettings } from '../../src/flow/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';

/** Layers, flows and reassembly with nobody above but a sink, ticked once a second of event time. */
export class PacketPath {
  readonly counters = new Counters();
  readonly settings = settingsDefaults(flowSettings);
  readonly #layers;
  readonly #flow;
  #nextTickUs = 0;

  constructor(sink: FlowSink, seed = 1) {
    const { counters, settings } = this;
    const weirds = new Weirds();
    this.#layers = createLayers({ settings: settingsDefaults(layersSettings), weirds, counters });
    this.#flow = createFlow({ settings, sink, weirds, counters, seed });
  }

  packet(view: PacketView): void {
    if (view.tsUs >= this.#nextTickUs) {
      this.#nextTickUs = view.tsUs + 1e6;
      this.#layers.tick(view.tsUs);
      this.#flow.tick(view.tsUs);
    }
    this.#layers.decode(view);
    this.#flow.track(view);
    this.#flow.deliver(view);
  }
}
