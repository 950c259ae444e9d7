import { fold32, hashBytes, type PlausibilityLimits } from '../../core/index.js';

/** Hard limits of one analyte. */
export interface Limit {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** Hard plausibility limits by code and unit. A value in a unit that is not listed is not judged. */
export class Limits {
  readonly signed: boolean;
  readonly #by = new Map<number, Limit>();

  constructor(limits: PlausibilityLimits | null, seed: number) {
    this.signed = limits !== null && limits.signedBy !== '';
    const key = (text: string): number => hashBytes(seed, Buffer.from(text, 'latin1'), 0, text.length) || 1;
    for (const { codes, units, name, low, high } of limits?.analytes ?? []) {
      for (const code of codes)
        for (const unit of units) this.#by.set(fold32(key(code), key(unit)), { name, low, high });
    }
  }

  /** Limits that hold for a code and a unit (hashes of their first components), null none. */
  of(code: number, unit: number): Limit | null {
    return this.#by.get(fold32(code, unit)) ?? null;
  }
}
