const UNCLEAN = /[^A-Za-z0-9._\-+/:@^ ]/;
const ALL_UNCLEAN = /[^A-Za-z0-9._\-+/:@^ ]/g;

/**
 * The one cleaning function for strings that come from traffic (AE titles, MSH-3…6, host names, versions).
 * Keeps letters, digits and `. _ - + / : @ ^ space`; everything else becomes `_`; cut at 64 bytes; trimmed.
 */
export function cleanText(text: string, maxLength = 64): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) : text;
  return (UNCLEAN.test(cut) ? cut.replace(ALL_UNCLEAN, '_') : cut).trim();
}

/** One MQTT topic level or metric label: `[a-z0-9._-]{1,64}`, `unknown` when nothing is left. */
export function cleanLevel(text: string): string {
  const t = text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 64);
  return t === '' ? 'unknown' : t;
}

/** Cleaned text of latin-1 bytes `buf[from … to)`, trimmed of spaces and NULs on both sides. */
export function cleanBytes(buf: Buffer, from: number, to: number, maxLength = 64): string {
  let a = from;
  let b = to;
  while (a < b && (buf[a] === 0x20 || buf[a] === 0)) a++;
  while (b > a && (buf[b - 1] === 0x20 || buf[b - 1] === 0)) b--;
  return cleanText(buf.toString('latin1', a, Math.min(b, a + maxLength)), maxLength);
}
