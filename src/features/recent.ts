const SIZE = 64;

/** The last 64 values and their quantiles. */
export class Recent {
  readonly #values = new Float64Array(SIZE);
  #count = 0;
  #sorted: Float64Array | null = null;

  add(value: number): void {
    this.#values[this.#count++ % SIZE] = value;
    this.#sorted = null;
  }

  /** Nearest-rank quantile 0…1 of the last 64 values, NaN when there are none. */
  quantile(q: number): number {
    const n = Math.min(this.#count, SIZE);
    if (n === 0) return Number.NaN;
    this.#sorted ??= this.#values.slice(0, n).sort();
    return this.#sorted[Math.max(0, Math.ceil(q * n) - 1)];
  }
}
