import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { CutShort } from './cut-short.js';

/*
 * gzip (RFC 1952): members, each
 *   1f 8b, method u8 (8 deflate), flags u8, time u32, extra flags u8, system u8,
 *   [flag 4: length u16 and so many bytes], [flag 8: name to 0], [flag 16: comment to 0], [flag 2: checksum u16],
 *   deflated bytes, CRC-32 u32, octets u32 (modulo 2^32)
 * Members are told apart here, not by the library: that one loses what lies before a fault in the bytes it was given with it.
 */
const Flag = { Checksum: 2, Extra: 4, Name: 8, Comment: 16, Reserved: 0xe0 } as const;
const DEFLATE = 8;
/** Unpacked bytes of a piece. */
const CHUNK = 1 << 18;
/** Packed bytes unpacked at once: they may stand for a thousand times as many (RFC 1951). */
const SLICE = 1 << 14;
const TRAILER = 8;
/** Octets of a name or comment that are believed. */
const MAX_TEXT = 65_536;

/**
 * The unpacked bytes of a gzip stream, in pieces. Zeros behind the last member are padding.
 * @throws Error that names the byte of the packed stream, after what came before it was given
 */
export async function* gzipChunks(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const packed = new Packed(input);
  while (await begins(packed)) yield* member(packed);
}

/** Reads the header of the next member. @returns false at the end of the stream */
async function begins(p: Packed): Promise<boolean> {
  let first = await p.byte();
  if (p.members > 0) while (first === 0) first = await p.byte();
  if (first < 0) return false;
  if (first !== 0x1f || (await p.need()) !== 0x8b || (await p.need()) !== DEFLATE)
    throw new Error(`bytes that are no gzip member, before byte ${p.at} of the packed file`);
  const flags = await p.need();
  if (flags & Flag.Reserved)
    throw new Error(`a gzip member with reserved flags, before byte ${p.at} of the packed file`);
  for (let i = 0; i < 6; i++) await p.need();
  if (flags & Flag.Extra) {
    const length = (await p.need()) | ((await p.need()) << 8);
    for (let i = 0; i < length; i++) await p.need();
  }
  if (flags & Flag.Name) await text(p);
  if (flags & Flag.Comment) await text(p);
  if (flags & Flag.Checksum) for (let i = 0; i < 2; i++) await p.need();
  p.members++;
  return true;
}

/** Passes over a text that ends with a zero. */
async function text(p: Packed): Promise<void> {
  for (let n = 0; (await p.need()) !== 0; n++)
    if (n === MAX_TEXT) throw new Error(`a gzip member whose name has no end, before byte ${p.at} of the packed file`);
}

async function* member(p: Packed): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw({ chunkSize: CHUNK });
  const end = { reached: false, fault: '' };
  let out: Uint8Array[] = [];
  let sum = 0;
  let octets = 0;
  inflate.on('data', (chunk: Uint8Array) => out.push(chunk));
  inflate.on('end', () => {
    end.reached = true;
  });
  inflate.on('error', (error) => {
    end.fault = error.message;
  });
  try {
    while (!end.reached && end.fault === '') {
      const slice = await p.slice();
      if (slice === null) throw p.cut();
      const before = inflate.bytesWritten;
      await write(inflate, slice);
      p.take(inflate.bytesWritten - before);
      for (const piece of out) {
        sum = crc32(piece, sum);
        octets += piece.length;
      }
      yield* out;
      out = [];
    }
  } finally {
    inflate.destroy();
  }
  if (end.fault !== '') throw new Error(`${end.fault}, behind byte ${p.at} of the packed file`);
  const trailer = Buffer.alloc(TRAILER);
  for (let i = 0; i < TRAILER; i++) trailer[i] = await p.need();
  if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== octets % 2 ** 32)
    throw new Error(`a checksum that is not that of what was unpacked, before byte ${p.at} of the packed file`);
}

/** Waits until the bytes are unpacked, are behind the end, or are none that can be, and everything that came of them was given. */
async function write(inflate: InflateRaw, slice: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const over = (): void => {
      inflate.off('end', over);
      inflate.off('close', over);
      // data that was put aside is given with the next turn
      setImmediate(resolve);
    };
    inflate.once('end', over);
    inflate.once('close', over);
    inflate.write(slice, over);
  });
}

/** The packed stream, byte by byte for what is short and in slices for what is long. */
class Packed {
  /** Bytes taken. */
  at = 0;
  members = 0;
  readonly #input: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #from = 0;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /** The next byte, −1 at the end. */
  async byte(): Promise<number> {
    if (this.#from >= this.#chunk.length && !(await this.#more())) return -1;
    this.at++;
    return this.#chunk[this.#from++];
  }

  /** The next byte. @throws Error at the end */
  async need(): Promise<number> {
    const b = await this.byte();
    if (b < 0) throw this.cut();
    return b;
  }

  /** Bytes that come next, not yet taken; null at the end. */
  async slice(): Promise<Uint8Array | null> {
    if (this.#from >= this.#chunk.length && !(await this.#more())) return null;
    return this.#chunk.subarray(this.#from, Math.min(this.#from + SLICE, this.#chunk.length));
  }

  take(n: number): void {
    this.#from += n;
    this.at += n;
  }

  cut(): CutShort {
    return new CutShort(this.at);
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const r = await this.#input.next();
      if (r.done === true) return false;
      if (r.value.length === 0) continue;
      this.#chunk = r.value;
      this.#from = 0;
      return true;
    }
  }
}
