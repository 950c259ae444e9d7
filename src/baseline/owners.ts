import type { DeviceDirectory } from '../core/index.js';

/** Where a device stands; see `docs/baseline.md`. */
export const Life = { Learning: 0, Review: 1, Enforcing: 2 } as const;
export type Life = (typeof Life)[keyof typeof Life];
export const LIFE_NAMES = ['learning', 'review', 'enforcing'] as const;
export type LifeName = (typeof LIFE_NAMES)[number];

/** What speaks against trusting what a device has learned, as bits. */
export const Doubt = { RuleHits: 1, UnlikeType: 2, FewRows: 4 } as const;
export const DOUBT_NAMES: Readonly<Record<number, string>> = {
  [Doubt.RuleHits]: 'rules named it while it learned',
  [Doubt.UnlikeType]: 'it differs from its device type',
  [Doubt.FewRows]: 'it was hardly heard',
};

/**
 * Stable numbers ("owners") for devices by their id. A device table row may be handed to another device, and a device
 * may get a better id (an address becomes a MAC, the operator names it): rows are followed, not trusted.
 */
export class Owners {
  readonly #directory: DeviceDirectory;
  readonly #bound: (owner: number, device: number) => void;
  readonly #byId = new Map<string, number>();
  /** By device index: owner and the id and first packet it was bound under. */
  readonly #owner: number[] = [];
  readonly #idAt: string[] = [];
  readonly #firstAt: number[] = [];
  /** By owner. */
  readonly ids: string[] = [];
  /** Device index an owner was last bound to, −1 not yet in this run. */
  readonly device: number[] = [];
  firstUs = new Float64Array(256);
  /** End of the learning period by the clock, µs; NaN until the first packet. */
  learnedUs = new Float64Array(256);
  /** Begin of the review, and end of quarantine, µs; NaN never. */
  reviewUs = new Float64Array(256);
  suspectUs = new Float64Array(256).fill(Number.NEGATIVE_INFINITY);
  life = new Uint8Array(256);
  doubt = new Uint8Array(256);
  frozen = new Uint8Array(256);
  /** Last time the device was asked about, and how long nothing was learned because a rule had named it, µs. */
  lastUs = new Float64Array(256);
  heldUs = new Float64Array(256);
  /** Feature rows seen while learning, and rule hits. */
  rows = new Uint32Array(256);
  hits = new Uint32Array(256);

  /** `bound` hears of every owner that gets a device index. */
  constructor(directory: DeviceDirectory, bound: (owner: number, device: number) => void = () => undefined) {
    this.#directory = directory;
    this.#bound = bound;
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
    this.device[owner] = device;
    this.#bound(owner, device);
    return owner;
  }

  /** A new owner under an id (import, first sight). */
  add(id: string, firstUs: number, learnedUs: number): number {
    const owner = this.ids.length;
    if (owner >= this.firstUs.length) this.#grow();
    this.ids.push(id);
    this.device.push(-1);
    this.#byId.set(id, owner);
    this.firstUs[owner] = firstUs;
    this.learnedUs[owner] = learnedUs;
    this.reviewUs[owner] = Number.NaN;
    return owner;
  }

  find(id: string): number | undefined {
    return this.#byId.get(id);
  }

  /** Number of the profile of an owner's device, −1 when it was not seen in this run. */
  profileOf(owner: number): number {
    const d = this.device[owner];
    return d < 0 ? -1 : this.#directory.profileOf(d);
  }

  #grow(): void {
    const n = this.firstUs.length * 2;
    this.firstUs = grown(this.firstUs, new Float64Array(n));
    this.learnedUs = grown(this.learnedUs, new Float64Array(n));
    this.reviewUs = grown(this.reviewUs, new Float64Array(n));
    this.suspectUs = grown(this.suspectUs, new Float64Array(n).fill(Number.NEGATIVE_INFINITY));
    this.lastUs = grown(this.lastUs, new Float64Array(n));
    this.heldUs = grown(this.heldUs, new Float64Array(n));
    this.life = grown(this.life, new Uint8Array(n));
    this.doubt = grown(this.doubt, new Uint8Array(n));
    this.frozen = grown(this.frozen, new Uint8Array(n));
    this.rows = grown(this.rows, new Uint32Array(n));
    this.hits = grown(this.hits, new Uint32Array(n));
  }
}

type Column = Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

function grown<A extends Column>(from: A, to: A): A {
  to.set(from);
  return to;
}
