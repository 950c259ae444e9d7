/** A few counters over the last `buckets` time steps; sums over any number of the newest. For events, not packets. */
export class Ring {
  /** Counters step by step; `open` gives the running step's first. */
  readonly data: Float64Array;
  readonly #buckets: number;
  readonly #stepUs: number;
  readonly #counters: number;
  #now = -1;
  /** Start of the running step's counters, and when the step ends. */
  #at = 0;
  #untilUs = 0;
  /** By counter: the sum over the finished steps of a window, and of how many steps that window is; 0 not summed in this step. */
  readonly #closed: Float64Array;
  readonly #closedSteps: Uint8Array;

  constructor(buckets: number, stepUs: number, counters: number) {
    this.#buckets = buckets;
    this.#stepUs = stepUs;
    this.#counters = counters;
    this.data = new Float64Array(buckets * counters);
    this.#closed = new Float64Array(counters);
    this.#closedSteps = new Uint8Array(counters);
  }

  /** Brings the ring to `tsUs`; where in `data` the running step's counters begin. An older time counts in it. */
  open(tsUs: number): number {
    if (tsUs >= this.#untilUs) this.#advance(tsUs);
    return this.#at;
  }

  add(counter: number, amount: number, tsUs: number): void {
    this.data[this.open(tsUs) + counter] += amount;
  }

  /** Raises the current step's value to `amount` when that is more. */
  max(counter: number, amount: number, tsUs: number): void {
    const i = this.open(tsUs) + counter;
    if (amount > this.data[i]) this.data[i] = amount;
  }

  /** Sum over the newest `steps` (the running one included). Finished steps are added up once while they last. */
  sum(counter: number, steps: number, tsUs: number): number {
    this.open(tsUs);
    if (steps !== this.#closedSteps[counter]) {
      let s = 0;
      for (let k = 1; k < Math.min(steps, this.#buckets) && this.#now - k >= 0; k++)
        s += this.data[((this.#now - k) % this.#buckets) * this.#counters + counter];
      this.#closed[counter] = s;
      this.#closedSteps[counter] = steps;
    }
    return this.#closed[counter] + this.data[this.#at + counter];
  }

  /** Largest step value over the newest `steps`. */
  top(counter: number, steps: number, tsUs: number): number {
    this.open(tsUs);
    let m = 0;
    for (let k = 0; k < Math.min(steps, this.#buckets) && this.#now - k >= 0; k++) {
      m = Math.max(m, this.data[((this.#now - k) % this.#buckets) * this.#counters + counter]);
    }
    return m;
  }

  #advance(tsUs: number): void {
    const step = Math.floor(tsUs / this.#stepUs);
    if (this.#now < 0 || step - this.#now >= this.#buckets) this.data.fill(0);
    else {
      for (let s = this.#now + 1; s <= step; s++) {
        const from = (s % this.#buckets) * this.#counters;
        this.data.fill(0, from, from + this.#counters);
      }
    }
    this.#now = step;
    this.#closedSteps.fill(0);
    this.#at = (step % this.#buckets) * this.#counters;
    this.#untilUs = (step + 1) * this.#stepUs;
  }
}
