import type { Counters, Profile } from '../../core/index.js';

const WEEK_US = 604_800e6;
/** A device counts as watched between two scorings up to this far apart, µs. */
const WATCHED_US = 60e6;
/** Findings of one device that follow each other within this time are one alert, µs. */
const ONE_ALERT_US = 600e6;
const START = 256;

/**
 * The promise held against what happened: alerts the budget allows the devices watched so far, and alerts given, by
 * device type. Event time; devices that still learn are left out. One call a scoring, nothing allocated but to grow.
 */
export class Promised {
  #lastUs = new Float64Array(START).fill(Number.NaN);
  #alertUs = new Float64Array(START).fill(Number.NEGATIVE_INFINITY);
  #perUs = 0;
  readonly #counters: Counters;
  readonly #cells = new Map<string, readonly [promised: number, given: number]>();

  constructor(profiles: readonly Profile[], counters: Counters) {
    this.#counters = counters;
    for (const { type } of profiles) {
      const promised = 'Alerts of the learned detectors that the budget allows the devices watched so far.';
      const given = 'Alerts of the learned detectors given; to be held against wardwire_alerts_promised.';
      this.#cells.set(type, [
        counters.define('gauge', 'wardwire_alerts_promised', promised, { device_type: type }),
        counters.define('counter', 'wardwire_alerts_given_total', given, { device_type: type }),
      ]);
    }
  }

  /** The budget from now on. */
  set(alertsPerDeviceWeek: number): void {
    this.#perUs = alertsPerDeviceWeek / WEEK_US;
  }

  /** One scoring of a device that has learned. */
  note(device: number, type: string, tsUs: number, alert: boolean): void {
    const cell = this.#cells.get(type);
    if (cell === undefined) return;
    if (device >= this.#lastUs.length) this.#grow(device + 1);
    const { values } = this.#counters;
    const gap = tsUs - this.#lastUs[device];
    if (gap > 0) values[cell[0]] += Math.min(gap, WATCHED_US) * this.#perUs;
    this.#lastUs[device] = tsUs;
    if (!alert) return;
    if (tsUs - this.#alertUs[device] > ONE_ALERT_US) values[cell[1]]++;
    this.#alertUs[device] = tsUs;
  }

  #grow(least: number): void {
    const n = Math.max(least, 2 * this.#lastUs.length);
    const last = new Float64Array(n).fill(Number.NaN);
    const alert = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
    last.set(this.#lastUs);
    alert.set(this.#alertUs);
    this.#lastUs = last;
    this.#alertUs = alert;
  }
}
