import { type Counters, type DeviceDirectory, homeWord, type PacketView, Share, Takes } from '../core/index.js';
import type { SensorSpec } from './spec.js';

/** What of the traffic is this process's, and of which devices it speaks; with one process everything and all. */
export class Portion {
  readonly #share: Share | null;
  readonly #directory: () => DeviceDirectory;
  readonly #counters: Counters;
  readonly #packets: readonly number[];

  constructor(spec: SensorSpec, counters: Counters, directory: () => DeviceDirectory) {
    this.#share = spec.share === null ? null : new Share(spec.share);
    this.#directory = directory;
    this.#counters = counters;
    const text =
      'Packets by what they are to the sensor processes that divide an interface: counted here, taken here too, others’.';
    const what = ['other', 'first', 'also'];
    this.#packets =
      this.#share === null
        ? []
        : what.map((w) => counters.define('counter', 'wardwire_share_packets_total', text, { what: w }));
  }

  /** True when a packet whose headers were read is for other processes. */
  skips(view: PacketView): boolean {
    if (this.#share === null) return false;
    const takes = this.#share.takes(view);
    this.#counters.values[this.#packets[takes]]++;
    return takes === Takes.No;
  }

  /** Whether verdicts, rows and scores of a device (−1 none) are this process's. */
  speaksOf(device: number): boolean {
    if (this.#share === null) return true;
    return this.#share.speaksOf(device < 0 ? Number.NaN : homeWord(this.#directory().get(device).addresses));
  }
}
