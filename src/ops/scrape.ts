import { setImmediate as turn } from 'node:timers/promises';
import type { Device } from '../core/index.js';
import { renderDevices } from './devices.js';
import { renderSnapshot, type SensorSnapshot } from './exposition.js';
import type { Metrics } from './metrics.js';

/** A text this young is given to the next who asks: the sensor counts once a second, and several scrapers ask at once. */
const REUSE_MS = 500;

export interface ScrapeOptions {
  readonly metrics: Metrics;
  readonly snapshot: () => SensorSnapshot;
  readonly devices: () => readonly Device[];
  readonly deviceSeries: number;
  /** Of these, devices with series of their features. */
  readonly featureDevices: number;
  /** Monotonic time, ms. */
  readonly nowMs: () => number;
}

/** The text of a scrape, written in pieces between which verdicts pass, and once for all who ask meanwhile. */
export class Scrape {
  readonly #o: ScrapeOptions;
  #text: Promise<string> | null = null;
  #doneMs = Number.NEGATIVE_INFINITY;

  constructor(o: ScrapeOptions) {
    this.#o = o;
  }

  text(): Promise<string> {
    if (this.#text !== null && this.#o.nowMs() - this.#doneMs < REUSE_MS) return this.#text;
    this.#doneMs = Number.POSITIVE_INFINITY;
    this.#text = this.#render();
    return this.#text;
  }

  async #render(): Promise<string> {
    const { metrics, snapshot, devices, deviceSeries, featureDevices, nowMs } = this.#o;
    try {
      let text = await metrics.text();
      await turn();
      const now = snapshot();
      text += renderSnapshot(now);
      const limits = { max: deviceSeries, featureDevices };
      for (const piece of renderDevices(devices(), limits, { figures: now.figures, told: metrics.told })) {
        await turn();
        text += piece;
      }
      return text;
    } finally {
      this.#doneMs = nowMs();
    }
  }
}
