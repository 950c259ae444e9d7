import type { Counters } from '../core/index.js';

export interface LiveNumbers {
  readonly cut: number;
  readonly shedPackets: number;
  readonly shedOctets: number;
  readonly unaccounted: number;
  readonly up: number;
  readonly lagS: number;
  readonly oversize: number;
  readonly unexplained: number;
}

/** Metrics of live capture beyond the loss counts every source reports. */
export class LiveCounters {
  readonly #c: Counters;
  readonly #cut: number;
  readonly #shedPackets: number;
  readonly #shedOctets: number;
  readonly #unaccounted: number;
  readonly #up: number;
  readonly #lag: number;
  readonly #reopened: number;
  readonly #oversize: number;
  readonly #unexplained: number;

  constructor(c: Counters) {
    this.#c = c;
    this.#cut = c.define(
      'counter',
      'wardwire_capture_low_lane_cut_packets_total',
      'Packets between hosts of low priority whose payload was not copied because the sensor lagged.',
    );
    this.#shedPackets = c.define(
      'counter',
      'wardwire_capture_low_lane_shed_packets_total',
      'Packets between hosts of low priority that were only counted because the sensor lagged.',
    );
    this.#shedOctets = c.define(
      'counter',
      'wardwire_capture_low_lane_shed_octets_total',
      'Octets on the wire of the packets that were only counted.',
    );
    this.#unaccounted = c.define(
      'gauge',
      'wardwire_capture_unaccounted_packets',
      'Packets the interfaces counted that the rings never received (merged by offloads or lost before the ring).',
    );
    this.#up = c.define('gauge', 'wardwire_capture_links_up', 'Capture interfaces whose link is up.');
    this.#lag = c.define(
      'gauge',
      'wardwire_capture_lag_seconds',
      'Age of the newest packet handed over while more are waiting.',
    );
    this.#reopened = c.define(
      'counter',
      'wardwire_capture_reopens_total',
      'Interfaces opened again after they were gone.',
    );
    this.#oversize = c.define(
      'counter',
      'wardwire_capture_oversize_frames_total',
      'Frames larger than the MTU of their interface allows: merged by offloads.',
    );
    this.#unexplained = c.define(
      'gauge',
      'wardwire_capture_unexplained_packets',
      'Packets the rings received that were neither handed over nor dropped nor shed; those that wait are among them.',
    );
  }

  reopened(): void {
    this.#c.values[this.#reopened]++;
  }

  set(n: LiveNumbers): void {
    const v = this.#c.values;
    v[this.#cut] = n.cut;
    v[this.#shedPackets] = n.shedPackets;
    v[this.#shedOctets] = n.shedOctets;
    v[this.#unaccounted] = n.unaccounted;
    v[this.#up] = n.up;
    v[this.#lag] = n.lagS;
    v[this.#oversize] = n.oversize;
    v[this.#unexplained] = n.unexplained;
  }
}
