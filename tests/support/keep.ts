import { Counters, PacketView, settingsDefaults, Weirds } from '../../src/core/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';

/** A decoder that turns frames into the one view it owns. */
export function decoder(): (frame: Buffer, tsUs?: number, linkType?: number) => PacketView {
  const layers = createLayers({
    settings: settingsDefaults(layersSettings),
    weirds: new Weirds(),
    counters: new Counters(),
  });
  const view = new PacketView();
  return (frame, tsUs = 1.7e15, linkType = 1) => {
    // bytes of others before and behind, as in a window of a file
    view.buf = Buffer.concat([Buffer.alloc(5, 0xee), frame, Buffer.alloc(5, 0xee)]);
    view.off = 5;
    view.end = 5 + frame.length;
    view.capLen = frame.length;
    view.wireLen = frame.length;
    view.tsUs = tsUs;
    view.linkType = linkType;
    layers.decode(view);
    return view;
  };
}
