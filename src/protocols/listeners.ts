import { AppProto, fold32, mix32 } from '../core/index.js';

/** Conversations after which an endpoint is known to serve a protocol: one may be a stray. */
const SURE = 3;

/**
 * Endpoints (address and port) at which a protocol was recognised, one a row by hash: a newer endpoint on the same row
 * takes it over. Bounded, no allocation.
 */
export class Listeners {
  readonly #keys: Int32Array;
  readonly #app: Uint8Array;
  readonly #count: Uint8Array;

  constructor(rows = 4096) {
    this.#keys = new Int32Array(rows);
    this.#app = new Uint8Array(rows);
    this.#count = new Uint8Array(rows);
  }

  /** A conversation in an application protocol (AppProto number) took place at the endpoint. */
  spoke(address: number, port: number, app: number): void {
    const key = mix32(fold32(address, port));
    const row = (key >>> 0) % this.#keys.length;
    if (this.#keys[row] !== key || this.#app[row] !== app) {
      this.#keys[row] = key;
      this.#app[row] = app;
      this.#count[row] = 0;
    }
    if (this.#count[row] < SURE) this.#count[row]++;
  }

  /** AppProto number of what the endpoint is known to serve. */
  serves(address: number, port: number): number {
    const key = mix32(fold32(address, port));
    const row = (key >>> 0) % this.#keys.length;
    return this.#keys[row] === key && this.#count[row] >= SURE ? this.#app[row] : AppProto.Unknown;
  }
}
