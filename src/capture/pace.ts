/** A silence longer than this in a capture is not waited for, µs: an hour. */
const LONGEST_WAIT_US = 3_600_000_000;
/** Time running backwards by more than this begins anew, µs (the next file was recorded earlier). */
const BACKWARDS_US = 1_000_000;

/** When packets of a recording are due, at a factor of the pace they were recorded. */
export class Pace {
  readonly #factor: number;
  #anchorTs = Number.NaN;
  #anchorClock = 0;
  #lastTs = 0;

  constructor(factor: number) {
    this.#factor = factor;
  }

  /**
   * @param tsUs capture time of the next packet
   * @param nowUs monotonic time
   * @returns µs until it is due, 0 or less: now
   */
  wait(tsUs: number, nowUs: number): number {
    const step = tsUs - this.#lastTs;
    this.#lastTs = tsUs;
    // written so that NaN, before the first packet, begins too
    if (!(step <= LONGEST_WAIT_US && step >= -BACKWARDS_US) || Number.isNaN(this.#anchorTs)) {
      this.#anchorTs = tsUs;
      this.#anchorClock = nowUs;
      return 0;
    }
    return this.#anchorClock + (tsUs - this.#anchorTs) / this.#factor - nowUs;
  }
}
