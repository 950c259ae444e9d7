import type { KeepUnfinished, Unfinished, UnfinishedOwner } from '../../core/index.js';

const HANDSHAKE = 0x16;
const RECORD = 5;

/**
 * Handshake messages of one direction without their records (RFC 8446 5.1: type 1, version 2, length 2), out of any cut. Every byte is
 * looked at and copied once, however small the records are.
 */
export class HandshakeBytes implements UnfinishedOwner {
  readonly kept: Unfinished;
  /** No more can be had: another record came (encrypted from here on, or no TLS), or the memory for all was spent. */
  other = false;
  readonly #head = Buffer.alloc(RECORD);
  #have = 0;
  /** Octets of the record still to come. */
  #left = 0;

  constructor(keep: KeepUnfinished) {
    this.kept = keep(this);
  }

  givenUp(): void {
    this.other = true;
  }

  /** Takes a slice; what is more than `most` octets in all is left out. */
  add(b: Buffer, from: number, to: number, most: number): void {
    for (let at = from; at < to && !this.other; ) {
      if (this.#left > 0) {
        const n = Math.min(this.#left, to - at);
        this.#keep(b, at, Math.min(n, most - this.kept.length));
        this.#left -= n;
        at += n;
        continue;
      }
      this.#head[this.#have++] = b[at++];
      if (this.#head[0] !== HANDSHAKE) this.other = true;
      if (this.#have < RECORD) continue;
      this.#left = (this.#head[3] << 8) | this.#head[4];
      this.#have = 0;
    }
  }

  #keep(b: Buffer, at: number, n: number): void {
    if (n > 0) this.kept.add(b, at, at + n);
  }
}
