import type { EvaluateReport } from './report.js';
import type { Table } from './table.js';

const MOST_PAIRS = 20;
/** Columns of the matrix that is drawn. */
const MOST_COLUMNS = 40;
/** Rows it is taken from. */
const MOST_ROWS = 5000;

/** Pearson correlation of the numeric columns over some rows; columns that never vary are left out. */
export function correlationOf(t: Table, rows: readonly number[]): EvaluateReport['correlation'] {
  const w = t.columns.length;
  const step = Math.max(1, Math.ceil(rows.length / MOST_ROWS));
  const some = rows.filter((_, i) => i % step === 0);
  const centred: { name: string; v: Float64Array }[] = [];
  t.columns.forEach((column, c) => {
    if (column.kind !== 'number') return;
    const v = Float64Array.from(some, (r) => t.values[r * w + c]);
    let sum = 0;
    let n = 0;
    for (const x of v) {
      if (Number.isNaN(x)) continue;
      sum += x;
      n++;
    }
    const mean = n === 0 ? 0 : sum / n;
    let squares = 0;
    for (let i = 0; i < v.length; i++) {
      v[i] = Number.isNaN(v[i]) ? 0 : v[i] - mean;
      squares += v[i] * v[i];
    }
    const length = Math.sqrt(squares);
    if (length > 1e-9 * Math.max(1, Math.abs(mean))) centred.push({ name: column.name, v: v.map((x) => x / length) });
  });
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
    return Math.round(sum * 1000) / 1000;
  };
  const pairs: { a: string; b: string; r: number }[] = [];
  for (let i = 0; i < centred.length; i++) {
    for (let j = i + 1; j < centred.length; j++) {
      pairs.push({ a: centred[i].name, b: centred[j].name, r: dot(centred[i].v, centred[j].v) });
    }
  }
  const drawn = centred.slice(0, MOST_COLUMNS);
  return {
    names: drawn.map((c) => c.name),
    matrix: drawn.map((a) => drawn.map((b) => dot(a.v, b.v))),
    pairs: pairs.sort((a, b) => Math.abs(b.r) - Math.abs(a.r)).slice(0, MOST_PAIRS),
  };
}
