import { fold32, Novelty } from '../../core/index.js';
import type { RuleContext } from './context.js';
import { RecentKeys } from './windows.js';

/**
 * Offices of the network that somebody fills: DHCP server, searcher for medical devices. A newcomer is still learning, so its own
 * habits cannot speak against it; what can is that somebody settled fills the office already.
 */
export class Incumbents {
  readonly #c: RuleContext;
  /** Offices filled by a device that has finished learning. */
  readonly #settled: RecentKeys<{ yes: boolean }>;
  /** Newcomers that were found odd, while they learn. */
  readonly #odd: RecentKeys<{ yes: boolean }>;

  constructor(c: RuleContext) {
    this.#c = c;
    this.#settled = new RecentKeys<{ yes: boolean }>(c.settings.window_keys, () => ({ yes: false }));
    this.#odd = new RecentKeys<{ yes: boolean }>(c.settings.window_keys, () => ({ yes: false }));
  }

  /** A device acts in the office: true when that is out of the ordinary. */
  unusual(device: number, office: number, tsUs: number): boolean {
    const novelty = this.#c.habit(device, office, tsUs);
    if (novelty === Novelty.New) return true;
    const newcomer = fold32(office, device);
    if (novelty === Novelty.Known) {
      if (this.#odd.peek(newcomer)?.yes === true) return true;
      if (!this.#c.learning(device, tsUs)) this.#settled.touch(office).yes = true;
      return false;
    }
    if (this.#settled.peek(office)?.yes !== true) return false;
    this.#odd.touch(newcomer).yes = true;
    return true;
  }
}
