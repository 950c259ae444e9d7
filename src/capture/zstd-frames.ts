/*
 * Zstandard frames (RFC 8878 3.1):
 *   magic 28b52ffd, descriptor u8, [window u8], [dictionary 0, 1, 2 or 4], [content size 0, 1, 2, 4 or 8],
 *   blocks: u24 (bit 0 last, bits 1 and 2 type, then the size) and their bytes, [checksum 4]
 *   skippable: magic 184d2a5x, size u32, bytes
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
/** Largest window believed, bytes: what the zstd program itself accepts unasked. A decoder holds it in memory. */
const MAX_WINDOW = 1 << 27;
/** No block stands for more (3.1.1.2.4). */
const MAX_BLOCK = 1 << 17;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const RLE = 1;
const RESERVED = 3;

const State = { Magic: 0, Skippable: 1, Descriptor: 2, Header: 3, Block: 4 } as const;
type State = (typeof State)[keyof typeof State];

const isSkippable = (magic: number): boolean => (magic & 0xfffffff0) === SKIPPABLE;

/** Does a zstd stream begin with these four bytes, read as a little-endian number? */
export const isZstd = (magic: number): boolean => magic === MAGIC || isSkippable(magic);

/**
 * Walks over the frames of a zstd stream without unpacking them, so that what they claim is judged before memory is taken for it, and
 * every fault has a place.
 */
export class ZstdFrames {
  /** Bytes walked over. */
  at = 0;
  /** Why nothing more is believed. */
  fault = '';
  readonly #held = Buffer.alloc(18);
  #have = 0;
  #need = 4;
  #state: State = State.Magic;
  #skip = 0;
  #maxBlock = 0;
  #checksum = 0;

  /** Whether the stream may end here. */
  get whole(): boolean {
    return this.#state === State.Magic && this.#have === 0 && this.#skip === 0;
  }

  /** @returns how many of the bytes are sound; fewer than there are when `fault` says why */
  walk(b: Uint8Array): number {
    let i = 0;
    let sound = 0;
    while (i < b.length) {
      if (this.#skip > 0) {
        const n = Math.min(this.#skip, b.length - i);
        this.#skip -= n;
        this.at += n;
        i += n;
        sound = i;
        continue;
      }
      this.#held[this.#have++] = b[i++];
      this.at++;
      if (this.#have < this.#need) continue;
      this.fault = this.#step();
      if (this.fault !== '') return sound;
      // what is held belongs to a header that may still be refused
      if (this.#have === 0) sound = i;
    }
    return b.length;
  }

  #step(): string {
    const h = this.#held;
    switch (this.#state) {
      case State.Magic: {
        const magic = h.readUInt32LE(0);
        if (magic === MAGIC) return this.#goOn(State.Descriptor, 5);
        if (isSkippable(magic)) return this.#goOn(State.Skippable, 8);
        return 'bytes that are no zstd frame';
      }
      case State.Skippable:
        this.#skip = h.readUInt32LE(4);
        return this.#begin(State.Magic, 4);
      case State.Descriptor:
        if (h[4] & 8) return 'a zstd frame with a reserved bit';
        return this.#goOn(State.Header, 5 + headerBytes(h[4]));
      case State.Header:
        return this.#header(h);
      case State.Block: {
        const bits = h.readUIntLE(0, 3);
        const type = (bits >> 1) & 3;
        const size = bits >> 3;
        if (type === RESERVED) return 'a zstd block of a reserved type';
        if (size > this.#maxBlock) return `a zstd block claims ${size} bytes (at most ${this.#maxBlock})`;
        const last = (bits & 1) !== 0;
        this.#skip = (type === RLE ? 1 : size) + (last ? this.#checksum : 0);
        return last ? this.#begin(State.Magic, 4) : this.#begin(State.Block, 3);
      }
    }
  }

  #header(h: Buffer): string {
    const descriptor = h[4];
    const single = (descriptor & 0x20) !== 0;
    const dictionary = DICTIONARY_BYTES[descriptor & 3];
    let at = 5;
    let window = 0;
    if (!single) {
      const base = 2 ** (10 + (h[at] >> 3));
      window = base + (base / 8) * (h[at] & 7);
      at++;
    }
    if (dictionary > 0 && h.readUIntLE(at, dictionary) !== 0) return 'a zstd frame that needs a dictionary';
    at += dictionary;
    if (single) {
      const bytes = contentBytes(descriptor);
      if (bytes === 8) window = h.readUInt32LE(at) + 2 ** 32 * h.readUInt32LE(at + 4);
      else window = h.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
    }
    if (window > MAX_WINDOW)
      return `a zstd frame wants a window of ${window} bytes (at most ${MAX_WINDOW} are given; unpack it with zstd -d first)`;
    this.#maxBlock = Math.min(MAX_BLOCK, window);
    this.#checksum = descriptor & 4;
    return this.#begin(State.Block, 3);
  }

  /** More bytes of the same header are needed. */
  #goOn(state: State, need: number): string {
    this.#state = state;
    this.#need = need;
    return '';
  }

  #begin(state: State, need: number): string {
    this.#have = 0;
    return this.#goOn(state, need);
  }
}

function contentBytes(descriptor: number): number {
  const flag = descriptor >> 6;
  return flag === 0 ? (descriptor >> 5) & 1 : 1 << flag;
}

/** Bytes of a frame header behind its descriptor. */
function headerBytes(descriptor: number): number {
  return ((descriptor & 0x20) !== 0 ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3] + contentBytes(descriptor);
}
