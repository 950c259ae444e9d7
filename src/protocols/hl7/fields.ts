import { cleanText, hash53 } from '../../core/index.js';

const CR = 0x0d;
const LF = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Cleaned text of bytes `b[from … to)`, at most `max` octets; '' when there are none. Read as UTF-8 where it is UTF-8, else as
 * latin-1: MSH-18 is empty on most links that use either, and latin-1 text is hardly ever valid UTF-8 by chance.
 */
export function text(b: Buffer, from: number, to: number, max = 64): string {
  if (from < 0 || to <= from) return '';
  const end = Math.min(to, from + max);
  let ascii = true;
  for (let i = from; i < end && ascii; i++) ascii = b[i] < 0x80;
  if (ascii) return cleanText(b.toString('latin1', from, end), max);
  try {
    return cleanText(utf8.decode(b.subarray(from, end)), max);
  } catch {
    return cleanText(b.toString('latin1', from, end), max);
  }
}

/** End of the field, component or other part that begins at `at`: the position of its separator, or `end`. */
export function partEnd(b: Buffer, at: number, end: number, separator: number): number {
  let i = at;
  while (i < end && b[i] !== separator) i++;
  return i;
}

/**
 * Fields of the segment whose first one begins at `at`: start and end of field `first` and up, as many as the columns hold, both −1
 * where there is none. Returns where the segment ends: at its CR or LF, or at `to`. One pass over the bytes.
 */
export function splitFields(
  b: Buffer,
  at: number,
  to: number,
  separator: number,
  start: Int32Array,
  end: Int32Array,
  first: number,
): number {
  const max = start.length;
  let field = first;
  let from = at;
  let i = at;
  for (; i < to; i++) {
    const c = b[i];
    if (c === separator) {
      if (field < max) {
        start[field] = from;
        end[field++] = i;
        from = i + 1;
      }
    } else if (c === CR || c === LF) break;
  }
  if (field < max) {
    start[field] = from;
    end[field++] = i;
  }
  for (; field < max; field++) start[field] = end[field] = -1;
  return i;
}

const SPACE = 0x20;

/** Where an identifier lies: without the blanks around it, at most 64 octets; `from` −1 absent. Positions of a lent buffer. */
export class IdAt {
  from = -1;
  to = -1;

  get length(): number {
    return this.from < 0 ? 0 : this.to - this.from;
  }

  set(b: Buffer, from: number, to: number): void {
    this.from = -1;
    if (from < 0) return;
    let a = from;
    let e = to;
    while (a < e && b[a] === SPACE) a++;
    while (e > a && b[e - 1] === SPACE) e--;
    if (a === e) return;
    this.from = a;
    this.to = Math.min(e, a + 64);
  }

  /** `hash53`, 0 when absent. */
  keyOf(seed: number, b: Buffer): number {
    return this.from < 0 ? 0 : hash53(seed, b, this.from, this.to);
  }

  /** In clear: for tokenising, never leaves the room. */
  textOf(b: Buffer): string {
    return text(b, this.from, this.to);
  }
}

/** Start of field `n` of the segment `b[at … end)` behind its name; −1 when there are fewer. Field 1 follows the first separator. */
export function fieldStart(b: Buffer, at: number, end: number, separator: number, n: number): number {
  let seen = 0;
  for (let i = at + 3; i < end; i++) if (b[i] === separator && ++seen === n) return i + 1;
  return -1;
}

/**
 * What was read from a run of bytes, until other bytes come: headers of one link repeat for hours, so their texts are
 * made once. `salt` is what the reading depends on besides the bytes (separators).
 */
export class FieldMemory<T> {
  #bytes = new Uint8Array(0);
  #salt = -1;
  #value: T | null = null;

  /** The value of `b[from … to)`, from memory when these bytes were the last ones. */
  of(b: Buffer, from: number, to: number, salt: number): T | null {
    const n = to - from;
    const mine = this.#bytes;
    if (this.#value === null || salt !== this.#salt || n !== mine.length) return null;
    for (let i = 0; i < n; i++) if (mine[i] !== b[from + i]) return null;
    return this.#value;
  }

  set(b: Buffer, from: number, to: number, salt: number, value: T): T {
    this.#bytes = Uint8Array.prototype.slice.call(b, from, to);
    this.#salt = salt;
    this.#value = value;
    return value;
  }
}

const DAY_MS = 86_400_000;
let dayText = -1;
let dayMs = 0;

/** Number of `n` digits at `at`, −1 when one is no digit or lies behind `to`. */
function digits(b: Buffer, at: number, to: number, n: number): number {
  if (at + n > to) return -1;
  let v = 0;
  for (let i = at; i < at + n; i++) {
    const d = b[i] - 48;
    if (d < 0 || d > 9) return -1;
    v = v * 10 + d;
  }
  return v;
}

/**
 * A time stamp `b[from … to)` (HL7 v2 2.A.21, `YYYYMMDDHHMM[SS[.S…]][±ZZZZ]`) as µs since 1970 UTC; without a zone read
 * as UTC; NaN when it is none.
 */
export function timeOf(b: Buffer, from: number, to: number): number {
  if (from < 0) return Number.NaN;
  const date = digits(b, from, to, 8);
  const clock = digits(b, from + 8, to, 4);
  if (date < 0 || clock < 0) return Number.NaN;
  let at = from + 12;
  let ms = Math.floor(clock / 100) * 3_600_000 + (clock % 100) * 60_000;
  const seconds = digits(b, at, to, 2);
  if (seconds >= 0) {
    ms += seconds * 1000;
    at += 2;
  }
  let us = 0;
  if (b[at] === 0x2e && at < to) {
    let unit = 100_000;
    for (at++; at < to && unit >= 100 && b[at] >= 48 && b[at] <= 57; at++, unit /= 10) us += (b[at] - 48) * unit;
    if (unit === 100_000) return Number.NaN;
  }
  if (at < to && (b[at] === 0x2b || b[at] === 0x2d)) {
    const zone = digits(b, at + 1, to, 4);
    if (zone < 0) return Number.NaN;
    const offset = (Math.floor(zone / 100) * 60 + (zone % 100)) * 60_000;
    ms += b[at] === 0x2d ? offset : -offset;
    at += 5;
  }
  if (at !== to) return Number.NaN;
  if (date !== dayText) {
    dayText = date;
    dayMs =
      Math.floor(Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100) / DAY_MS) * DAY_MS; // prettier-ignore
  }
  return (dayMs + ms) * 1000 + us;
}
