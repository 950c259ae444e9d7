import type { FeatureDef, FeatureSchema } from '../../core/index.js';
import { type Table, WORD_BASE } from './table.js';

/** Values of a column of names that get a column each; rarer ones share none. */
const MOST_VALUES = 12;

/** Rows of numbers as the detectors train on them, with the schema that names them. */
export interface Encoder {
  readonly schema: FeatureSchema;
  readonly width: number;
  /** The rows named, of the table it was fitted on or one with the same columns; row-major, NaN = not observed. */
  encode(rows: readonly number[], table: Table): Float64Array;
}

const feature = (name: string, transform: 'log1p' | 'linear'): FeatureDef => ({
  name,
  group: 'A',
  unit: '',
  text: '',
  transform,
  label: name,
});

/**
 * Learns from the training rows how columns become features: numbers stay, a column of names becomes one feature a
 * frequent value (1 or 0) and one for values that training never saw.
 */
export function fitEncoder(t: Table, train: readonly number[]): Encoder {
  const w = t.columns.length;
  const features: FeatureDef[] = [];
  const writers: ((v: number, out: Float64Array, at: number) => number)[] = [];
  t.columns.forEach((column, c) => {
    if (column.kind === 'number') {
      features.push(feature(column.name, 'log1p'));
      writers.push((v, out, at) => {
        out[at] = v;
        return at + 1;
      });
      return;
    }
    const count = new Map<number, number>();
    for (const r of train) {
      const v = t.values[r * w + c];
      count.set(v, (count.get(v) ?? 0) + 1);
    }
    const frequent = [...count].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_VALUES);
    for (const [v] of frequent) features.push(feature(`${column.name}=${wordOf(t, c, v)}`, 'log1p'));
    features.push(feature(`${column.name} unseen`, 'log1p'));
    writers.push((v, out, at) => {
      for (const [f] of frequent) out[at++] = Object.is(v, f) ? 1 : 0;
      out[at] = count.has(v) ? 0 : 1;
      return at + 1;
    });
  });
  const width = features.length;
  return {
    schema: { id: `table-${width}`, features },
    width,
    encode(rows, table) {
      const out = new Float64Array(rows.length * width);
      rows.forEach((r, i) => {
        let at = i * width;
        for (let c = 0; c < w; c++) at = writers[c](table.values[r * w + c], out, at);
      });
      return out;
    },
  };
}

/** The value of a column of names as a person reads it. */
export function wordOf(t: Table, column: number, value: number): string {
  if (Number.isNaN(value)) return 'nothing';
  return value >= WORD_BASE ? t.columns[column].words[value - WORD_BASE] : String(value);
}

/** Rows as a plain forest takes them: numbers as they are, names by their code, 0 for nothing. */
export function rawRows(t: Table, rows: readonly number[]): Float64Array {
  const w = t.columns.length;
  const out = new Float64Array(rows.length * w);
  rows.forEach((r, i) => {
    for (let c = 0; c < w; c++) {
      const v = t.values[r * w + c];
      out[i * w + c] = Number.isNaN(v) ? 0 : v >= WORD_BASE ? v - WORD_BASE : v;
    }
  });
  return out;
}
