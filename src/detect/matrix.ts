/** Rows of equal width in one flat array, as every detector trains on them: transformed, no NaN. */
export class Matrix {
  readonly data: Float64Array;
  readonly width: number;
  readonly rows: number;
  constructor(data: Float64Array, width: number) {
    this.data = data;
    this.width = width;
    this.rows = width === 0 ? 0 : Math.floor(data.length / width);
  }

  at(row: number, column: number): number {
    return this.data[row * this.width + column];
  }

  /** The same numbers column by column: row r of column c is at c × rows + r. What goes through rows column-wise likes it. */
  byColumn(): Float64Array {
    const out = new Float64Array(this.rows * this.width);
    for (let c = 0; c < this.width; c++) {
      for (let r = 0; r < this.rows; r++) out[c * this.rows + r] = this.data[r * this.width + c];
    }
    return out;
  }

  /** The rows named, copied. */
  pick(indices: readonly number[]): Matrix {
    const out = new Float64Array(indices.length * this.width);
    indices.forEach((r, i) => {
      out.set(this.data.subarray(r * this.width, (r + 1) * this.width), i * this.width);
    });
    return new Matrix(out, this.width);
  }
}

/**
 * Reorders the row numbers in `rows` from `from` to `to` so that those whose value (at `base` + row in `values`) lies
 * below the cut come first; answers where the others begin.
 */
export function partition(
  rows: Int32Array,
  from: number,
  to: number,
  values: Float64Array,
  base: number,
  cut: number,
): number {
  let i = from;
  let j = to - 1;
  while (i <= j) {
    const r = rows[i];
    if (values[base + r] < cut) i++;
    else {
      rows[i] = rows[j];
      rows[j--] = r;
    }
  }
  return i;
}
