import type { DeviceDirectory } from '../core/index.js';

/**
 * Stable numbers ("owners") for devices by their id. A device table row may be handed to another device, and a device
 * may get a better id (an address becomes a MAC, the operator names it): rows are followed, not trusted.
 */
export class Owners {
  readonly #directory: DeviceDirectory;
  readonly #byId = new Map<string, number>();
  /** By device index: owner and the id and first packet it was bound under. */
  readonly #owner: number[] = [];
  readonly #idAt: string[] = [];
  readonly #firstAt: number[] = [];
  /** By owner. */
  readonly ids: string[] = [];
  firstUs = new Float64Array(256);
  /** End of the learning period, µs; NaN until the first packet. */
  learnedUs = new Float64Array(256);

  constructor(directory: DeviceDirectory) {
    this.#directory = directory;
  }

  /** Owner of a device index at event time; binds on first sight. `learningUs` is the length of a learning period. */
  of(device: number, tsUs: number, learningUs: number): number {
    const id = this.#directory.get(device).id;
    const have = this.#owner[device];
    if (have !== undefined && this.#idAt[device] === id) return have;
    const first = this.#directory.firstUs(device);
    const renamed = have !== undefined && this.#firstAt[device] === first && !this.#byId.has(id);
    const owner = renamed ? have : (this.#byId.get(id) ?? this.add(id, Number.NaN, Number.NaN));
    if (renamed) {
      this.ids[owner] = id;
      this.#byId.set(id, owner);
    }
    if (!Number.isFinite(this.firstUs[owner])) {
      this.firstUs[owner] = Number.isFinite(first) ? Math.min(first, tsUs) : tsUs;
      this.learnedUs[owner] = this.firstUs[owner] + learningUs;
    }
    this.#owner[device] = owner;
    this.#idAt[device] = id;
    this.#firstAt[device] = first;
    return owner;
  }

  /** A new owner under an id (import, first sight). */
  add(id: string, firstUs: number, learnedUs: number): number {
    const owner = this.ids.length;
    if (owner >= this.firstUs.length) {
      this.firstUs = doubled(this.firstUs);
      this.learnedUs = doubled(this.learnedUs);
    }
    this.ids.push(id);
    this.#byId.set(id, owner);
    this.firstUs[owner] = firstUs;
    this.learnedUs[owner] = learnedUs;
    return owner;
  }

  find(id: string): number | undefined {
    return this.#byId.get(id);
  }
}

function doubled(a: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(a.length * 2);
  more.set(a);
  return more;
}
