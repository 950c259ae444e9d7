import type { FeatureSchema } from '../core/index.js';
import { toView, type View, viewOf } from './view.js';

const LEAST_STEP = 0.02;
const LEAST_SPREAD = 0.05;

/**
 * What each device was like while it learned: running median and spread of every feature as compared (`view.ts`), by
 * stochastic approximation, so that a burst moves them little. Two Float32 a feature and device.
 */
export class History {
  readonly views: readonly View[];
  readonly #width: number;
  /** By owner: medians, then spreads, in schema order; NaN = never observed. */
  readonly #of: (Float32Array | undefined)[] = [];

  constructor(schema: FeatureSchema) {
    this.views = schema.features.map(viewOf);
    this.#width = schema.features.length;
  }

  /** One more row of a learning device; `n` rows were taken before. */
  add(owner: number, values: Float64Array, n: number): void {
    let h = this.#of[owner];
    if (h === undefined) {
      h = new Float32Array(this.#width * 2).fill(Number.NaN);
      this.#of[owner] = h;
    }
    const step = Math.max(LEAST_STEP, 1 / (n + 1));
    for (let f = 0; f < this.#width; f++) {
      const x = values[f];
      if (Number.isNaN(x)) continue;
      const y = toView(this.views[f], x);
      if (Number.isNaN(h[f])) {
        h[f] = y;
        h[this.#width + f] = 0;
        continue;
      }
      const off = y - h[f];
      const spread = Math.max(LEAST_SPREAD, h[this.#width + f]);
      h[f] += step * Math.max(-2 * spread, Math.min(2 * spread, off));
      const more = Math.abs(off) - h[this.#width + f];
      h[this.#width + f] += step * Math.max(-2 * spread, Math.min(2 * spread, more));
    }
  }

  /** Medians as compared, in schema order; null when nothing was learned. */
  medians(owner: number): Float32Array | null {
    return this.#of[owner]?.subarray(0, this.#width) ?? null;
  }

  forget(owner: number): void {
    this.#of[owner] = undefined;
  }

  /** Little-endian bytes in base64, '' when nothing was learned. */
  text(owner: number): string {
    const h = this.#of[owner];
    return h === undefined ? '' : Buffer.from(h.buffer, h.byteOffset, h.byteLength).toString('base64');
  }

  /** Takes what `text` gave; false when it is of another schema. */
  take(owner: number, text: string): boolean {
    const h = floats(text, this.#width * 2);
    if (h === null) return false;
    this.#of[owner] = h;
    return true;
  }
}

/** Medians as compared in a device's state, in schema order; null when it has none or they are of another schema. */
export function historyMedians(text: string, schema: FeatureSchema): Float32Array | null {
  const width = schema.features.length;
  return floats(text, width * 2)?.subarray(0, width) ?? null;
}

function floats(text: string, n: number): Float32Array | null {
  const b = Buffer.from(text, 'base64');
  if (b.length !== n * 4) return null;
  return Float32Array.from({ length: n }, (_, i) => b.readFloatLE(i * 4));
}
