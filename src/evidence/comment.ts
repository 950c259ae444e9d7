/** A pcapng option holds at most this many bytes (its length field has 16 bits); readers cut long comments anyway. */
const MAX_BYTES = 4096;

/**
 * Text as it may stand in a pcapng comment (UTF-8, no zero): control characters, half surrogate pairs and marks that turn the
 * direction of writing become `_`, a line feed stays, and it is cut at 4,096 bytes between characters.
 */
export function commentText(text: string): string {
  let out = '';
  let bytes = 0;
  for (const ch of text) {
    const point = ch.codePointAt(0) ?? 0;
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    const bad =
      (point < 0x20 && point !== 0x0a) ||
      (point >= 0x7f && point < 0xa0) ||
      (point >= 0xd800 && point < 0xe000) ||
      (point >= 0x200e && point <= 0x200f) ||
      (point >= 0x2028 && point <= 0x202e) ||
      (point >= 0x2066 && point <= 0x2069) ||
      point === 0xfeff ||
      (point & 0xfffe) === 0xfffe;
    if (bytes + (bad ? 1 : size) > MAX_BYTES) break;
    out += bad ? '_' : ch;
    bytes += bad ? 1 : size;
  }
  return out;
}
