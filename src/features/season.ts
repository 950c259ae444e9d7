const HOUR_US = 3_600_000_000;
const BINS = 168;
const MIN_SAMPLES = 30;
const STEP = 0.05;
/** 1.4826 makes the median absolute deviation of a normal distribution its standard deviation. */
const MAD_TO_SD = 1.4826;
const MIN_SPREAD = 0.05;

/** Hour of the week 0…167, UTC, Monday 00:00 first (1970-01-01 was a Thursday). */
export function hourOfWeek(tsUs: number): number {
  return (Math.floor(tsUs / HOUR_US) + 72) % BINS;
}

/**
 * Running median and median absolute deviation of log1p(bytes sent a minute) for each hour of the week: both walk a
 * step towards each new value (stochastic approximation), so a burst moves them little.
 */
export class Season {
  readonly #median = new Float32Array(BINS);
  readonly #mad = new Float32Array(BINS);
  readonly #count = new Uint16Array(BINS);

  /** One finished minute. */
  add(bytes: number, tsUs: number): void {
    const b = hourOfWeek(tsUs);
    const x = Math.log1p(bytes);
    const n = this.#count[b];
    if (n === 0) this.#median[b] = x;
    else {
      const step = Math.max(STEP, 1 / n);
      const off = x - this.#median[b];
      const spread = Math.max(this.#mad[b], MIN_SPREAD);
      this.#median[b] += step * Math.max(-spread, Math.min(spread, off));
      this.#mad[b] += step * Math.max(-spread, Math.min(spread, Math.abs(off) - this.#mad[b]));
    }
    if (n < 65535) this.#count[b] = n + 1;
  }

  /** Robust z of a minute's bytes against its hour of the week, clipped to ±10; NaN before 30 minutes were seen. */
  z(bytes: number, tsUs: number): number {
    const b = hourOfWeek(tsUs);
    if (this.#count[b] < MIN_SAMPLES) return Number.NaN;
    const spread = Math.max(MIN_SPREAD, MAD_TO_SD * this.#mad[b]);
    return Math.max(-10, Math.min(10, (Math.log1p(bytes) - this.#median[b]) / spread));
  }
}
