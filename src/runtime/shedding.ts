import type { Counters } from '../core/index.js';

const NAMES = ['low', 'medium', 'high'] as const;

/** What of the traffic loses its decoding under overload: packets of which neither end is critical enough. One look a packet. */
export class Shedding {
  /** How critical each device is, by index: 0 low to 3 life-critical. */
  readonly ranks: Uint8Array;
  readonly #counters: Counters;
  readonly #undecoded: readonly number[];
  readonly #taken: readonly number[];
  readonly #rung: number;
  /** Packets below this rank are not decoded. */
  #below = 0;
  #now = 0;

  constructor(maxDevices: number, counters: Counters) {
    this.ranks = new Uint8Array(maxDevices);
    this.#counters = counters;
    this.#rung = counters.define('gauge', 'wardwire_overload_rung', 'Rung of the overload ladder in force, 0 none.');
    this.#taken = ['bulk', ...NAMES].map((rung) =>
      counters.define('counter', 'wardwire_overload_rungs_total', 'Times a rung of the overload ladder was taken.', {
        rung,
      }),
    );
    this.#undecoded = NAMES.map((criticality) =>
      counters.define(
        'counter',
        'wardwire_overload_undecoded_packets_total',
        'Packets counted and not decoded under overload, by the more critical end.',
        { criticality },
      ),
    );
  }

  take(rung: number): void {
    if (rung > this.#now) this.#counters.values[this.#taken[rung - 1]]++;
    this.#now = rung;
    this.#below = Math.max(0, rung - 1);
    this.#counters.values[this.#rung] = rung;
  }

  /** True when a packet between two devices (−1 none) is to be counted only. */
  takes(src: number, dst: number): boolean {
    if (this.#below === 0) return false;
    const rank = Math.max(src < 0 ? 0 : this.ranks[src], dst < 0 ? 0 : this.ranks[dst]);
    if (rank >= this.#below) return false;
    this.#counters.values[this.#undecoded[rank]]++;
    return true;
  }

  /** Whether one of two devices (−1 none) is life-critical. */
  critical(a: number, b: number): boolean {
    return (a >= 0 && this.ranks[a] === NAMES.length) || (b >= 0 && this.ranks[b] === NAMES.length);
  }

  /** Whether `b` is more critical than `a`. */
  dearer(a: number, b: number): boolean {
    return b >= 0 && (a < 0 || this.ranks[b] > this.ranks[a]);
  }
}
