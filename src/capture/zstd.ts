import { Decompress } from 'fzstd';
import { monotonicUs } from './clock.js';
import { CutShort } from './cut-short.js';
import { ZstdFrames } from './zstd-frames.js';

/** Four bytes of input may stand for 128 KiB of output (RFC 8878 3.1.1.2), so input is fed in slices this small. */
const SLICE = 512;
/** Work after which others have their turn: a stream may unpack to nothing for long. */
const TURN_US = 20_000;

/**
 * Decompresses zstd (RFC 8878) piece by piece; a piece of input never makes more than some MiB at once.
 * @throws Error that names the byte of the packed stream, after what came before it was given
 */
export async function* zstdChunks(input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let out: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => out.push(chunk));
  const frames = new ZstdFrames();
  let turnEnd = monotonicUs() + TURN_US;
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length && frames.fault === ''; at += SLICE) {
      const slice = chunk.subarray(at, Math.min(at + SLICE, chunk.length));
      const before = frames.at;
      unpacked(() => decoder.push(slice.subarray(0, frames.walk(slice))), before);
      if (out.length > 0) yield* out;
      out = [];
      if (monotonicUs() < turnEnd) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      turnEnd = monotonicUs() + TURN_US;
    }
    if (frames.fault !== '') break;
  }
  if (frames.whole) unpacked(() => decoder.push(new Uint8Array(0), true), frames.at);
  yield* out;
  if (frames.fault !== '') throw new Error(`${frames.fault}, before byte ${frames.at} of the packed file`);
  if (!frames.whole) throw new CutShort(frames.at);
}

/** @throws Error what the decoder said, with its place */
function unpacked(push: () => void, at: number): void {
  try {
    push();
  } catch (cause) {
    throw new Error(`${(cause as Error).message}, behind byte ${at} of the packed file`, { cause });
  }
}
