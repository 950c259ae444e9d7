import { fold32, mix32 } from '../core/index.js';

/** Conversations after which an endpoint is known to serve a protocol: one may be a stray. */
const SURE = 3;
const NOBODY = 255;

/**
 * Endpoints (address and port) at which a protocol was recognised, one a row by hash: a newer endpoint on the same row
 * takes it over. Bounded, no allocation.
 */
export class Listeners {
  readonly #keys: Int32Array;
  readonly #protocol: Uint8Array;
  readonly #count: Uint8Array;

  constructor(rows = 4096) {
    this.#keys = new Int32Array(rows);
    this.#protocol = new Uint8Array(rows).fill(NOBODY);
    this.#count = new Uint8Array(rows);
  }

  /** A conversation in protocol number `protocol` took place at the endpoint. */
  spoke(address: number, port: number, protocol: number): void {
    const key = mix32(fold32(address, port));
    const row = (key >>> 0) % this.#keys.length;
    if (this.#keys[row] !== key || this.#protocol[row] !== protocol) {
      this.#keys[row] = key;
      this.#protocol[row] = protocol;
      this.#count[row] = 0;
    }
    if (this.#count[row] < SURE) this.#count[row]++;
  }

  /** Number of the protocol the endpoint is known to serve, −1 none. */
  serves(address: number, port: number): number {
    const key = mix32(fold32(address, port));
    const row = (key >>> 0) % this.#keys.length;
    return this.#keys[row] === key && this.#count[row] >= SURE ? this.#protocol[row] : -1;
  }
}
