/** Typed arrays in JSON: base64 of little-endian bytes. */

type Packed = Float64Array | Int32Array | Int16Array | Uint8Array;

export function toBase64(a: Packed): string {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString('base64');
}

/** Copies, so that the result is aligned. @throws Error when the length does not fit the element size */
function bytesOf(text: unknown, size: number): ArrayBuffer {
  if (typeof text !== 'string') throw new Error('an array is missing');
  const b = Buffer.from(text, 'base64');
  if (b.length % size !== 0) throw new Error('an array has a broken length');
  const out = new ArrayBuffer(b.length);
  new Uint8Array(out).set(b);
  return out;
}

export const float64 = (text: unknown): Float64Array => new Float64Array(bytesOf(text, 8));
export const int32 = (text: unknown): Int32Array => new Int32Array(bytesOf(text, 4));
export const int16 = (text: unknown): Int16Array => new Int16Array(bytesOf(text, 2));
export const uint8 = (text: unknown): Uint8Array => new Uint8Array(bytesOf(text, 1));
