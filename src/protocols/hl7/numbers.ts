const SPACE = 0x20;
const DASH = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;

/** Where the last number read by `scan` ended. */
let scanned = 0;

/** A decimal number that begins at `at` (HL7 v2 2.A.47, NM: sign, digits, point, digits); NaN when none does. */
function scan(b: Buffer, at: number, to: number): number {
  let i = at;
  let sign = 1;
  if (i < to && (b[i] === DASH || b[i] === PLUS)) {
    if (b[i] === DASH) sign = -1;
    i++;
  }
  let v = 0;
  let digits = 0;
  let divisor = 1;
  for (let point = false; i < to && digits < 18; i++) {
    const c = b[i];
    if (c === DOT && !point) {
      point = true;
      continue;
    }
    if (c < 48 || c > 57) break;
    v = v * 10 + c - 48;
    digits++;
    if (point) divisor *= 10;
  }
  scanned = i;
  return digits === 0 ? Number.NaN : (sign * v) / divisor;
}

function blanks(b: Buffer, at: number, to: number): number {
  let i = at;
  while (i < to && b[i] === SPACE) i++;
  return i;
}

/** The number a field `b[from … to)` holds, blanks around it allowed; NaN when it holds anything else. */
export function numberOf(b: Buffer, from: number, to: number): number {
  if (from < 0) return Number.NaN;
  const v = scan(b, blanks(b, from, to), to);
  return blanks(b, scanned, to) === to ? v : Number.NaN;
}

/** A reference range; open ends are infinite. */
export interface Range {
  low: number;
  high: number;
}

/**
 * Reads a reference range (OBX-7, HL7 v2 7.4.2.7): `70-110`, `3.5 - 5.1`, `< 120`, `>=60`. False when it is none of these; then
 * `into` is not touched.
 */
export function rangeOf(b: Buffer, from: number, to: number, into: Range): boolean {
  if (from < 0) return false;
  let at = blanks(b, from, to);
  const sign = at < to ? b[at] : 0;
  if (sign === 0x3c || sign === 0x3e) {
    at++;
    if (at < to && b[at] === 0x3d) at++;
    const limit = numberOf(b, at, to);
    if (Number.isNaN(limit)) return false;
    into.low = sign === 0x3c ? Number.NEGATIVE_INFINITY : limit;
    into.high = sign === 0x3c ? limit : Number.POSITIVE_INFINITY;
    return true;
  }
  const low = scan(b, at, to);
  if (Number.isNaN(low)) return false;
  at = blanks(b, scanned, to);
  if (at >= to || b[at] !== DASH) return false;
  const high = numberOf(b, at + 1, to);
  if (Number.isNaN(high) || high < low) return false;
  into.low = low;
  into.high = high;
  return true;
}
