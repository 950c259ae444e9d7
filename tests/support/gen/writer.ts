import { closeSync, openSync, writeSync } from 'node:fs';
import { Random } from '../../../src/core/index.js';

const CHUNK = 1 << 22;
const MAX_FRAME = 65_536;
const RECORD_HEADER = 16;
const GLOBAL_HEADER = 24;
const SNAP_LENGTH = 262_144;
const LINKTYPE_ETHERNET = 1;

/** What a bad mirror port does to frames; each a share of all frames, 0 to 1. */
export interface Impairment {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

/**
 * A pcap file (little endian, µs) written in chunks. The frame is built in place: `begin` lends space, `end` says how
 * long it became. Impairment drops, doubles or delays whole frames; timestamps never go back.
 */
export class PcapWriter {
  readonly buf = Buffer.allocUnsafe(CHUNK + 4 * (MAX_FRAME + RECORD_HEADER));
  frames = 0;
  octets = 0;
  readonly #fd: number;
  readonly #impairment: Impairment | null;
  readonly #rng: Random;
  #at = 0;
  #held: Buffer | null = null;
  #heldFor = 0;

  constructor(path: string, impairment: Impairment | null, seed: number) {
    this.#fd = openSync(path, 'w');
    this.#impairment = impairment;
    this.#rng = new Random(seed ^ 0x6c6f7373);
    const b = this.buf;
    b.writeUInt32LE(0xa1b2c3d4, 0);
    b.writeUInt16LE(2, 4);
    b.writeUInt16LE(4, 6);
    b.writeUInt32LE(0, 8);
    b.writeUInt32LE(0, 12);
    b.writeUInt32LE(SNAP_LENGTH, 16);
    b.writeUInt32LE(LINKTYPE_ETHERNET, 20);
    this.#at = GLOBAL_HEADER;
  }

  /** Where in `buf` the next frame starts; room for 64 KiB. */
  begin(): number {
    return this.#at + RECORD_HEADER;
  }

  /** The frame at `begin()` is `length` bytes long and was seen at `tsUs`. */
  end(tsUs: number, length: number): void {
    const from = this.#at + RECORD_HEADER;
    if (this.#impairment === null) {
      this.#record(tsUs, from, length);
    } else this.#impaired(this.#impairment, tsUs, from, length);
    if (this.#at >= CHUNK) this.#flush();
  }

  #record(tsUs: number, from: number, length: number): void {
    const b = this.buf;
    const at = from - RECORD_HEADER;
    const s = Math.floor(tsUs / 1e6);
    b.writeUInt32LE(s, at);
    b.writeUInt32LE(Math.floor(tsUs - s * 1e6), at + 4);
    b.writeUInt32LE(length, at + 8);
    b.writeUInt32LE(length, at + 12);
    this.#at = from + length;
    this.frames++;
    this.octets += length;
  }

  #impaired(how: Impairment, tsUs: number, from: number, length: number): void {
    const dice = this.#rng.float();
    if (dice < how.loss) return;
    if (this.#held === null && dice < how.loss + how.reorder) {
      this.#held = Buffer.from(this.buf.subarray(from, from + length));
      this.#heldFor = 1 + this.#rng.int(4);
      return;
    }
    this.#record(tsUs, from, length);
    if (dice > 1 - how.duplicate) {
      this.buf.copy(this.buf, this.#at + RECORD_HEADER, from, from + length);
      this.#record(tsUs, this.#at + RECORD_HEADER, length);
    }
    if (this.#held !== null && --this.#heldFor === 0) {
      const held = this.#held;
      this.#held = null;
      held.copy(this.buf, this.#at + RECORD_HEADER);
      this.#record(tsUs, this.#at + RECORD_HEADER, held.length);
    }
  }

  #flush(): void {
    for (let at = 0; at < this.#at; ) at += writeSync(this.#fd, this.buf, at, this.#at - at);
    this.#at = 0;
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }
}
