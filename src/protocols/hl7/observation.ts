import { fold32, hashBytes, hashString } from '../../core/index.js';
import { type FieldMemory, partEnd, splitFields } from './fields.js';
import { measuredBy } from './measured.js';
import { numberOf, type Range, rangeOf } from './numbers.js';

/** OBX fields that are read: up to OBX-18. */
const FIELDS = 19;
const SPACE = 0x20;

/** What OBX-8 says of a value. */
export const Flag = {
  /** Empty or N. */
  Normal: 0,
  High: 1,
  Low: 2,
  Other: 3,
} as const;
export type Flag = (typeof Flag)[keyof typeof Flag];

const range: Range = { low: 0, high: 0 };

/** Hashes of OBX-3: its code and its text. */
export interface CodeKeys {
  readonly code: number;
  readonly name: number;
  /** What such an observation tells of its sender (`Measured`). */
  readonly measured: number;
}
const NO_BYTES = Buffer.alloc(0);
const NO_CODE: CodeKeys = { code: 0, name: 0, measured: 0 };

/** One OBX segment (HL7 v2 7.4.2) as it lies in the message. LENT, and nothing in it leaves the room but keys and counts. */
export class Observation {
  bytes: Buffer = NO_BYTES;
  /** Number of the OBX in its message, from 1. */
  index = 0;
  readonly #start = new Int32Array(FIELDS);
  readonly #end = new Int32Array(FIELDS);
  #component = 0x5e;

  /** Takes the segment that begins at `at`; returns its end, at most `to`. */
  read(b: Buffer, at: number, to: number, separator: number, component: number, index: number): number {
    this.bytes = b;
    this.index = index;
    this.#component = component;
    return splitFields(b, at + 4, to, separator, this.#start, this.#end, 1);
  }

  forget(): void {
    this.bytes = NO_BYTES;
  }

  /** Start of a field's first component, −1 absent or empty. */
  from(field: number): number {
    const s = this.#start[field];
    return s < 0 || s >= this.#end[field] ? -1 : s;
  }

  /** End of a field's `n`th component, from 1. */
  to(field: number, n = 1): number {
    const s = this.#start[field];
    const e = this.#end[field];
    if (s < 0) return e;
    let end = partEnd(this.bytes, s, e, this.#component);
    for (let i = 1; i < n && end < e; i++) end = partEnd(this.bytes, end + 1, e, this.#component);
    return end;
  }

  /** Seeded hash of a field's first component without the blanks around it, 0 absent. */
  key(seed: number, field: number): number {
    let from = this.from(field);
    if (from < 0) return 0;
    let to = this.to(field);
    while (from < to && this.bytes[from] === SPACE) from++;
    while (to > from && this.bytes[to - 1] === SPACE) to--;
    return from === to ? 0 : hashBytes(seed, this.bytes, from, to) || 1;
  }

  /** Seeded hashes of OBX-3: its code and the text beside it, 0 absent. `memory` knows what stood there before. */
  codeKeys(seed: number, memory: FieldMemory<CodeKeys>): CodeKeys {
    const from = this.#start[3];
    if (from < 0) return NO_CODE;
    const end = this.#end[3];
    const known = memory.of(this.bytes, from, end, this.#component);
    if (known !== null) return known;
    const text = this.to(3, 1) + 1;
    const textEnd = this.to(3, 2);
    const name = textEnd <= text ? 0 : hashBytes(seed, this.bytes, text, textEnd) || 1;
    const b = this.bytes;
    const measured = measuredBy(
      b.toString('latin1', from, this.to(3, 1)),
      b.toString('latin1', text, Math.max(text, textEnd)),
    );
    return memory.set(b, from, end, this.#component, { code: this.key(seed, 3), name, measured });
  }

  /** Seeded hash of OBX-6's code, 0 absent. */
  unitKey(seed: number, memory: FieldMemory<number>): number {
    const from = this.#start[6];
    if (from < 0) return 0;
    const end = this.#end[6];
    const known = memory.of(this.bytes, from, end, this.#component);
    return known ?? memory.set(this.bytes, from, end, this.#component, this.key(seed, 6));
  }

  /** OBX-5 as a number when OBX-2 is NM, else NaN. */
  get value(): number {
    const t = this.from(2);
    const b = this.bytes;
    if (t < 0 || this.#end[2] - t !== 2 || b[t] !== 0x4e || b[t + 1] !== 0x4d) return Number.NaN;
    return numberOf(b, this.from(5), this.#end[5]);
  }

  /** Seeded hash of OBX-5: of its number when it holds one, else of its bytes; 0 empty. */
  textKey(seed: number): number {
    const from = this.from(5);
    if (from < 0) return 0;
    const v = numberOf(this.bytes, from, this.#end[5]);
    return Number.isNaN(v) ? hashBytes(seed, this.bytes, from, this.#end[5]) || 1 : numberKey(seed, v);
  }

  /** Whether a value lies outside OBX-7: 0 no or no readable range, 1 above, −1 below; NaN without a range. */
  outside(value: number): number {
    if (!rangeOf(this.bytes, this.from(7), this.#end[7], range)) return Number.NaN;
    return value > range.high ? 1 : value < range.low ? -1 : 0;
  }

  /** OBX-8 (table 0078), first code. */
  get flag(): Flag {
    const from = this.from(8);
    if (from < 0) return Flag.Normal;
    const c = this.bytes[from];
    const one = this.to(8) - from;
    if (c === 0x4e && one === 1) return Flag.Normal;
    if (c === 0x48 || c === 0x3e) return Flag.High;
    if (c === 0x4c || c === 0x3c) return Flag.Low;
    return Flag.Other;
  }
}

/** Seeded hash of a number, never 0: `7`, `7.0` and ` 7` are the same. */
export function numberKey(seed: number, v: number): number {
  const word = Number.isInteger(v) && Math.abs(v) < 2 ** 31 ? v : hashString(seed, String(v));
  return fold32(seed, word) || 1;
}
