const SIZE = 64;
/** Shared by all: a quantile leaves nothing behind in it. */
const sorted = new Float64Array(SIZE);

/** The last 64 values and their quantiles. */
export class Recent {
  readonly #values = new Float64Array(SIZE);
  #count = 0;
  #q = Number.NaN;
  #answer = Number.NaN;

  add(value: number): void {
    this.#values[this.#count++ % SIZE] = value;
    this.#q = Number.NaN;
  }

  /** Nearest-rank quantile 0…1 of the last 64 values, NaN when there are none. */
  quantile(q: number): number {
    if (q === this.#q) return this.#answer;
    const n = Math.min(this.#count, SIZE);
    if (n === 0) return Number.NaN;
    // insertion: for so few a call of the library's sort costs more
    for (let i = 0; i < n; i++) {
      const v = this.#values[i];
      let j = i - 1;
      for (; j >= 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j];
      sorted[j + 1] = v;
    }
    this.#q = q;
    this.#answer = sorted[Math.max(0, Math.ceil(q * n) - 1)];
    return this.#answer;
  }
}
