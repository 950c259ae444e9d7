import type { RecentIds } from '../../core/index.js';

/** State of a waiting message, in `RecentIds.first`. */
export const Waiting = { Open: 0, Answered: 1, Committed: 2 } as const;

const PARTIES = 4096;
/** Connections of the same parties that are remembered. */
const PARALLEL = 4;

/**
 * Messages of all connections that wait for their acknowledgement, for engines that answer on a connection of their own. Found by the
 * parties: the acknowledgement names them the other way round (HL7 v2 2.9.2). The lists are the sessions' own.
 */
export class Unanswered {
  readonly #lists = new Map<number, RecentIds[]>();

  /** A connection's list of messages whose `partiesKey` is this. */
  add(parties: number, waiting: RecentIds): void {
    const lists = this.#lists.get(parties) ?? [];
    this.#lists.delete(parties);
    this.#lists.set(parties, [waiting, ...lists.filter((w) => w !== waiting)].slice(0, PARALLEL));
    if (this.#lists.size > PARTIES) this.#lists.delete(this.#lists.keys().next().value as number);
  }

  /** Time in µs the message with this control id ended, NaN when none waits; it waits no longer. `parties` is the ack's `answerKey`. */
  answer(control: number, parties: number): number {
    for (const waiting of this.#lists.get(parties) ?? []) {
      const row = waiting.find(control);
      if (row < 0 || waiting.first[row] !== Waiting.Open) continue;
      waiting.first[row] = Waiting.Answered;
      return waiting.us[row];
    }
    return Number.NaN;
  }
}
