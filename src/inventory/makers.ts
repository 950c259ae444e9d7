import { readFileSync } from 'node:fs';

const HEAD = 24;
const MAGIC = 'WWOUI1\0\0';

interface Group {
  readonly prefixes: Float64Array;
  readonly names: Uint32Array;
}

/** Makers of network interfaces by MAC prefix (IEEE MA-L, MA-M, MA-S), as `src/setup/makers.mjs` writes them. */
export class Makers {
  /** Blocks of 24, 28 and 36 bits. */
  readonly #groups: readonly [Group, Group, Group];
  readonly #ends: Uint32Array;
  readonly #texts: Buffer;

  /** @throws Error when the bytes are no such table */
  constructor(bytes: Buffer) {
    if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('not a table of makers');
    const whole = bytes.byteOffset % 8 === 0 ? bytes : aligned(bytes);
    let at = HEAD;
    const group = (i: number): Group => {
      const n = whole.readUInt32LE(MAGIC.length + 4 * i);
      const prefixes = new Float64Array(whole.buffer, whole.byteOffset + at, n);
      at += 8 * n;
      const names = new Uint32Array(whole.buffer, whole.byteOffset + at, n);
      at += 4 * (n + (n & 1));
      return { prefixes, names };
    };
    this.#groups = [group(0), group(1), group(2)];
    const count = whole.readUInt32LE(at);
    this.#ends = new Uint32Array(whole.buffer, whole.byteOffset + at + 4, count);
    this.#texts = whole.subarray(at + 4 + 4 * count);
  }

  /** Maker of a MAC (two 24-bit halves); null for addresses nobody is registered for, also those given locally. */
  of(hi: number, lo: number): string | null {
    if ((hi & 0x020000) !== 0) return null; // locally administered (IEEE 802 8.4): the prefix names nobody
    const [large, medium, small] = this.#groups;
    const n = find(small, hi * 0x1000 + (lo >>> 12)) ?? find(medium, hi * 0x10 + (lo >>> 20)) ?? find(large, hi);
    if (n === null) return null;
    const text = this.#texts.toString('utf8', n === 0 ? 0 : this.#ends[n - 1], this.#ends[n]);
    // blocks divided further name the authority itself, and private ones nobody
    return text === 'Private' || text.startsWith('IEEE Registration Authority') ? null : text;
  }
}

function find(g: Group, prefix: number): number | null {
  let low = 0;
  let high = g.prefixes.length - 1;
  while (low <= high) {
    const mid = (low + high) >>> 1;
    const p = g.prefixes[mid];
    if (p === prefix) return g.names[mid];
    if (p < prefix) low = mid + 1;
    else high = mid - 1;
  }
  return null;
}

let shared: Makers | null = null;

/** The table built with the program; read once a process. @throws Error when the program was not built whole */
export function makers(): Makers {
  shared ??= new Makers(readFileSync(new URL('../../makers.bin', import.meta.url)));
  return shared;
}

/** A copy that begins at a multiple of eight, as columns of doubles need it. */
function aligned(bytes: Buffer): Buffer {
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(copy);
  return copy;
}
