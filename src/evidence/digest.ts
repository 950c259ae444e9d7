import { hash } from 'node:crypto';

/** Bytes of each packet that the digest covers. */
const COVERED = 128;
const HEAD = 16;

/** Whole seconds and nanoseconds of a time in µs. */
export function secondsAndNanos(tsUs: number): { s: number; ns: number } {
  const s = Math.floor(tsUs / 1e6);
  const ns = Math.round((tsUs - s * 1e6) * 1000);
  return ns >= 1e9 ? { s: s + 1, ns: ns - 1e9 } : { s, ns };
}

/**
 * SHA-256 that names packets: of each, in order, seconds u32, nanoseconds u32, octets on the wire u32, link type u16, bytes that
 * follow u16 (little-endian), then the first 128 bytes kept, filled up with zeros to a multiple of four. Cheap enough to stand in
 * a verdict that leaves at once; the file's own hash covers every byte.
 */
export class PacketDigest {
  readonly #out: Buffer;
  #at = 0;

  /** @param packets how many will be added at most */
  constructor(packets: number) {
    this.#out = Buffer.alloc(packets * (HEAD + COVERED));
  }

  /** A packet whose `kept` bytes begin at `bytes[from]`. */
  add(tsUs: number, wireLen: number, linkType: number, bytes: Uint8Array, from: number, kept: number): void {
    const out = this.#out;
    const at = this.#at;
    const n = kept < COVERED ? kept : COVERED;
    const { s, ns } = secondsAndNanos(tsUs);
    u32(out, at, s);
    u32(out, at + 4, ns);
    u32(out, at + 8, wireLen);
    u32(out, at + 12, linkType | (n << 16));
    for (let i = 0; i < n; i++) out[at + HEAD + i] = bytes[from + i];
    this.#at = at + HEAD + ((n + 3) & ~3);
  }

  /** 64 hex digits. */
  sum(): string {
    return hash('sha256', this.#out.subarray(0, this.#at), 'hex');
  }
}

function u32(b: Buffer, at: number, n: number): void {
  b[at] = n;
  b[at + 1] = n >>> 8;
  b[at + 2] = n >>> 16;
  b[at + 3] = n >>> 24;
}
