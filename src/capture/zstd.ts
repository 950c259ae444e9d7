import { Decompress } from 'fzstd';

/** Four bytes of input may stand for 128 KiB of output (RFC 8878 3.1.1.2), so input is fed in slices this small. */
const SLICE = 512;

/** Decompresses zstd (RFC 8878) piece by piece; a piece of input never makes more than some MiB at once. */
export async function* zstdChunks(input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let out: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => out.push(chunk));
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length; at += SLICE) {
      decoder.push(chunk.subarray(at, Math.min(at + SLICE, chunk.length)));
      if (out.length === 0) continue;
      yield* out;
      out = [];
    }
  }
  decoder.push(new Uint8Array(0), true);
  yield* out;
}
