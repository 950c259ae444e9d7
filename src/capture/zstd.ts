import { Decompress } from 'fzstd';

/** Decompresses zstd (RFC 8878) chunk by chunk; a chunk of input never makes more than its frames' windows at once. */
export async function* zstdChunks(input: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let out: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => out.push(chunk));
  let last: Uint8Array | null = null;
  for (const chunk of input) {
    if (last !== null) {
      decoder.push(last);
      yield* out;
      out = [];
    }
    last = chunk;
  }
  decoder.push(last ?? new Uint8Array(0), true);
  yield* out;
}
