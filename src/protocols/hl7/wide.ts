/** Byte order mark of text of two octets a character at `from`: 1 big-endian, 2 little-endian, 0 none (HL7 v2 2.15.9.18, UNICODE UTF-16). */
export function wideMark(b: Buffer, from: number, to: number): 0 | 1 | 2 {
  if (to - from < 4) return 0;
  if (b[from] === 0xfe && b[from + 1] === 0xff) return 1;
  return b[from] === 0xff && b[from + 1] === 0xfe ? 2 : 0;
}

/** The characters behind a mark as single octets; those that do not fit become `?`. */
export function narrow(b: Buffer, from: number, to: number, mark: 1 | 2): Buffer {
  const out = Buffer.alloc((to - from) >> 1);
  const high = mark === 1 ? 0 : 1;
  for (let i = 0, at = from; i < out.length; i++, at += 2) out[i] = b[at + high] === 0 ? b[at + 1 - high] : 0x3f;
  return out;
}
