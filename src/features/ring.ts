/** A few counters over the last `buckets` time steps; sums over any number of the newest. For events, not packets. */
export class Ring {
  readonly #data: Float64Array;
  readonly #buckets: number;
  readonly #stepUs: number;
  readonly #counters: number;
  #now = -1;

  constructor(buckets: number, stepUs: number, counters: number) {
    this.#buckets = buckets;
    this.#stepUs = stepUs;
    this.#counters = counters;
    this.#data = new Float64Array(buckets * counters);
  }

  add(counter: number, amount: number, tsUs: number): void {
    this.#advance(tsUs);
    this.#data[(this.#now % this.#buckets) * this.#counters + counter] += amount;
  }

  /** Raises the current step's value to `amount` when that is more. */
  max(counter: number, amount: number, tsUs: number): void {
    this.#advance(tsUs);
    const i = (this.#now % this.#buckets) * this.#counters + counter;
    if (amount > this.#data[i]) this.#data[i] = amount;
  }

  /** Sum over the newest `steps` (the running one included). */
  sum(counter: number, steps: number, tsUs: number): number {
    this.#advance(tsUs);
    let s = 0;
    for (let k = 0; k < Math.min(steps, this.#buckets) && this.#now - k >= 0; k++) {
      s += this.#data[((this.#now - k) % this.#buckets) * this.#counters + counter];
    }
    return s;
  }

  /** Largest step value over the newest `steps`. */
  top(counter: number, steps: number, tsUs: number): number {
    this.#advance(tsUs);
    let m = 0;
    for (let k = 0; k < Math.min(steps, this.#buckets) && this.#now - k >= 0; k++) {
      m = Math.max(m, this.#data[((this.#now - k) % this.#buckets) * this.#counters + counter]);
    }
    return m;
  }

  #advance(tsUs: number): void {
    const step = Math.floor(tsUs / this.#stepUs);
    if (step <= this.#now) return;
    if (this.#now < 0 || step - this.#now >= this.#buckets) this.#data.fill(0);
    else {
      for (let s = this.#now + 1; s <= step; s++) {
        const from = (s % this.#buckets) * this.#counters;
        this.#data.fill(0, from, from + this.#counters);
      }
    }
    this.#now = step;
  }
}
