import type { History } from './history.js';
import type { Owners } from './owners.js';
import type { RowReservoir } from './rows.js';

/** Rows of a device type for the training worker; row-major, `width` numbers a row, NaN = not observed. */
export interface RowJob {
  readonly rows: Float64Array;
  readonly width: number;
  readonly fromUs: number;
  readonly untilUs: number;
  /** Of each row: number of its device in `ids` and `medians`, and its time. */
  readonly owner: Int32Array;
  readonly tsUs: Float64Array;
  /** Ids of the devices. */
  readonly ids: readonly string[];
  /** Of each device: rows learned, and its medians as compared (`width` each, NaN = never observed). */
  readonly seen: Uint32Array;
  readonly medians: Float32Array;
}

/** Copies what training needs out of the live state: rows of the owners that `may`, and those owners' histories. */
export function makeJob(
  from: RowReservoir | null,
  width: number,
  may: (owner: number) => boolean,
  history: History,
  owners: Owners,
): RowJob {
  const copy = from?.copy(may);
  const numbers = new Map<number, number>();
  const owner = Int32Array.from(copy?.owner ?? [], (o) => {
    const have = numbers.get(o);
    if (have !== undefined) return have;
    numbers.set(o, numbers.size);
    return numbers.size - 1;
  });
  const medians = new Float32Array(numbers.size * width).fill(Number.NaN);
  const seen = new Uint32Array(numbers.size);
  for (const [o, i] of numbers) {
    const own = history.medians(o);
    if (own === null) continue;
    medians.set(own, i * width);
    seen[i] = owners.rows[o];
  }
  return {
    rows: copy?.rows ?? new Float64Array(0),
    width,
    fromUs: from?.fromUs ?? 0,
    untilUs: from?.untilUs ?? 0,
    owner,
    tsUs: copy?.tsUs ?? new Float64Array(0),
    ids: Array.from(numbers.keys(), (o) => owners.ids[o]),
    seen,
    medians,
  };
}
