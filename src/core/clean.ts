/**
 * The one cleaning function for strings that come from traffic (AE titles, MSH-3…6, host names, versions).
 * Keeps letters, digits and `. _ - + / : @ ^ space`; everything else becomes `_`; cut at 64 bytes; trimmed.
 */
export function cleanText(text: string, maxLength = 64): string {
  let out = '';
  const n = Math.min(text.length, maxLength);
  for (let i = 0; i < n; i++) {
    const c = text.charCodeAt(i);
    const ok =
      (c >= 48 && c <= 57) ||
      (c >= 65 && c <= 90) ||
      (c >= 97 && c <= 122) ||
      c === 0x2e ||
      c === 0x5f ||
      c === 0x2d ||
      c === 0x2b ||
      c === 0x2f ||
      c === 0x3a ||
      c === 0x40 ||
      c === 0x5e ||
      c === 0x20; // prettier-ignore
    out += ok ? text[i] : '_';
  }
  return out.trim();
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
