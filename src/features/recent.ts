const SIZE = 64;

/** The last 64 values and their quantiles: kept in order as they come, for they are asked for as often as they change. */
export class Recent {
  readonly #values = new Float64Array(SIZE);
  readonly #sorted = new Float64Array(SIZE);
  #count = 0;

  add(value: number): void {
    const sorted = this.#sorted;
    const at = this.#count % SIZE;
    const full = this.#count >= SIZE;
    let i = Math.min(this.#count, SIZE);
    if (full) {
      // the oldest leaves its gap
      const oldest = this.#values[at];
      i = 0;
      while (i < SIZE - 1 && sorted[i] < oldest) i++;
    }
    const n = full ? SIZE : this.#count + 1;
    // the gap wanders to where the new value belongs
    for (; i > 0 && sorted[i - 1] > value; i--) sorted[i] = sorted[i - 1];
    for (; i < n - 1 && full && sorted[i + 1] < value; i++) sorted[i] = sorted[i + 1];
    sorted[i] = value;
    this.#values[at] = value;
    this.#count++;
  }

  /** Nearest-rank quantile 0…1 of the last 64 values, NaN when there are none. */
  quantile(q: number): number {
    const n = Math.min(this.#count, SIZE);
    return n === 0 ? Number.NaN : this.#sorted[Math.max(0, Math.ceil(q * n) - 1)];
  }
}
