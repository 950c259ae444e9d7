import { closeSync, openSync, writeSync } from 'node:fs';
import { type FeatureRow, formatTimeUs, WardwireError } from '../core/index.js';
import { FEATURES } from '../runtime/index.js';
import { csvLine } from './csv.js';
import type { Output } from './output.js';

export const FEATURE_FORMATS = ['csv', 'ndjson'] as const;
export type FeatureFormat = (typeof FEATURE_FORMATS)[number];

const BUFFER = 1 << 16;

/** Writes feature rows as they come: device as keyed token, nothing (CSV) or null (NDJSON) for what was not observed. */
export class FeatureExport {
  readonly #format: FeatureFormat;
  readonly #output: Output;
  readonly #file: number | null;
  #text = '';
  rows = 0;

  /** `path` null: standard output. @throws WardwireError('file') when it cannot be written */
  constructor(format: FeatureFormat, path: string | null, output: Output) {
    this.#format = format;
    this.#output = output;
    try {
      this.#file = path === null ? null : openSync(path, 'w', 0o600);
    } catch (cause) {
      throw new WardwireError('file', `${path}: cannot be written: ${(cause as Error).message}`, [], { cause });
    }
    if (format === 'csv') this.#line(csvLine(['time', 'device', 'type', ...FEATURES.map((f) => f.name)]));
  }

  add(row: FeatureRow, type: string, device: string): void {
    this.rows++;
    const time = formatTimeUs(row.tsUs);
    const values = Array.from(row.values, (v) => (Number.isNaN(v) ? null : v));
    if (this.#format === 'csv') return this.#line(csvLine([time, device, type, ...values]));
    const named = Object.fromEntries(FEATURES.map((f, i) => [f.name, values[i]]));
    this.#line(JSON.stringify({ time, device, type, features: named }));
  }

  /** Writes what is left and closes the file. */
  close(): void {
    this.#flush();
    if (this.#file !== null) closeSync(this.#file);
  }

  #line(text: string): void {
    if (this.#file === null) return this.#output.out(text);
    this.#text += `${text}\n`;
    if (this.#text.length >= BUFFER) this.#flush();
  }

  #flush(): void {
    if (this.#file !== null && this.#text !== '') writeSync(this.#file, this.#text);
    this.#text = '';
  }
}
