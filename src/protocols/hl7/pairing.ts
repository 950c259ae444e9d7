import { join53, mix32, RecentIds } from '../../core/index.js';

/** State of a message, in `RecentIds.first`. */
const State = { Open: 0, Answered: 1 } as const;

/** Id of a control id on its way between two parties. */
function idOf(control: number, parties: number): number {
  return join53(mix32((control | 0) ^ parties), mix32(Math.floor(control / 4294967296) ^ parties));
}

/**
 * Messages of all connections that wait for their acknowledgement, for engines that answer on a connection of their own. Found by
 * control id and parties: the acknowledgement names them the other way round (HL7 v2 2.9.2).
 */
export class Unanswered {
  readonly #ids: RecentIds;

  constructor(max: number) {
    this.#ids = new RecentIds(max, 1024);
  }

  /** A message ended: its control id and `partiesKey`. */
  sent(control: number, parties: number, tsUs: number): void {
    const id = idOf(control, parties);
    const known = this.#ids.find(id);
    const row = known >= 0 ? known : this.#ids.add(id);
    this.#ids.us[row] = tsUs;
    this.#ids.first[row] = State.Open;
  }

  /** Time in µs the message with this id ended, NaN when none waits; it waits no longer. `parties` is the ack's `answerKey`. */
  answer(control: number, parties: number): number {
    const row = this.#ids.find(idOf(control, parties));
    if (row < 0 || this.#ids.first[row] === State.Answered) return Number.NaN;
    this.#ids.first[row] = State.Answered;
    return this.#ids.us[row];
  }
}
