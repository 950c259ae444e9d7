import { type Finding, type Learned, LearnedSet, Novelty } from '../../core/index.js';

/** Lessons kept of one look of a rule. */
const MOST = 8;

/**
 * The learned sets as rules ask them. What a rule found new since its look began is remembered: it is what the device would have to
 * know for the rule to keep silent. Every rule that asks gives its lessons this way and need not say them.
 */
export class Asked implements Learned {
  readonly #learned: Learned;
  readonly #sets = new Uint8Array(MOST);
  readonly #devices = new Int32Array(MOST);
  readonly #keys = new Int32Array(MOST);
  #n = 0;

  constructor(learned: Learned) {
    this.#learned = learned;
  }

  /** A rule begins to look at something. */
  begin(): void {
    this.#n = 0;
  }

  learning(device: number, tsUs: number): boolean {
    return this.#learned.learning(device, tsUs);
  }

  observe(set: LearnedSet, device: number, key: number, tsUs: number): Novelty {
    const n = this.#learned.observe(set, device, key, tsUs);
    if (n === Novelty.New) this.missed(set, device, key);
    return n;
  }

  knows(set: LearnedSet, device: number, key: number): boolean {
    return this.#learned.knows(set, device, key);
  }

  size(set: LearnedSet, device: number): number {
    return this.#learned.size(set, device);
  }

  /** Notes what a device did not know. */
  missed(set: LearnedSet, device: number, key: number): void {
    if (this.#n === MOST) return;
    this.#sets[this.#n] = set;
    this.#devices[this.#n] = device;
    this.#keys[this.#n++] = key;
  }

  /** What this look found new; when nothing, the key under which the operator may accept the scenario itself. */
  lessons(device: number, accepted: number, regardless: boolean): NonNullable<Finding['lessons']> {
    if (this.#n === 0 || regardless) return [{ set: LearnedSet.App, device, key: accepted }];
    return Array.from({ length: this.#n }, (_, i) => ({
      set: this.#sets[i] as LearnedSet,
      device: this.#devices[i],
      key: this.#keys[i],
    }));
  }
}
