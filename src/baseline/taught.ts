import type { AcceptedRow, LearnedSet, Taught } from '../core/index.js';

/**
 * What the operator called normal, beside the learned sets: it is replaced as a whole, so that what he takes back is forgotten, and
 * is no part of the learned state. Asked only about what is new otherwise.
 */
export class TaughtKeys {
  /** Keys of all devices: mostly the answer is no. */
  readonly #any = new Set<number>();
  /** Ids of the operator's words whose row was given. */
  readonly #given = new Set<string>();
  readonly #byDevice = new Map<string, Set<number>>();

  constructor(private readonly owner: (id: string) => number | undefined) {}

  /** Takes everything that is in force; answers the rows of this feature schema that were not given before. */
  replace(taught: readonly Taught[], schemaId: string): AcceptedRow[] {
    const rows: AcceptedRow[] = [];
    this.#any.clear();
    this.#byDevice.clear();
    for (const { id, lessons, row } of taught) {
      if (row !== null && row.schema === schemaId && !this.#given.has(id)) {
        this.#given.add(id);
        rows.push(row);
      }
      for (const l of lessons) {
        const k = word(l.set, l.key);
        this.#any.add(k);
        const mine = this.#byDevice.get(l.device);
        if (mine === undefined) this.#byDevice.set(l.device, new Set([k]));
        else mine.add(k);
      }
    }
    return rows;
  }

  has(set: LearnedSet, owner: number, key: number): boolean {
    if (this.#any.size === 0) return false;
    const k = word(set, key);
    if (!this.#any.has(k)) return false;
    // a device may have got a better id since
    for (const [id, keys] of this.#byDevice) if (keys.has(k) && this.owner(id) === owner) return true;
    return false;
  }
}

/** Set and key in one exact number. */
const word = (set: number, key: number): number => set * 2 ** 32 + (key >>> 0);
