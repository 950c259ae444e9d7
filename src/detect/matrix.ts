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

  /** The rows named, copied. */
  pick(indices: readonly number[]): Matrix {
    const out = new Float64Array(indices.length * this.width);
    indices.forEach((r, i) => {
      out.set(this.data.subarray(r * this.width, (r + 1) * this.width), i * this.width);
    });
    return new Matrix(out, this.width);
  }
}
