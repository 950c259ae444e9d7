import { SEVERITIES, type Severity, type VerdictDraft } from '../core/index.js';

export interface Waiting {
  readonly draft: VerdictDraft;
  readonly seq: number;
  /** Monotonic time at which the publisher took it, µs. */
  readonly takenUs: number;
  /** It left the queue for want of room. */
  gone?: boolean;
}

const NOBODY: readonly Waiting[] = [];
const severityOf = (w: Waiting): Severity => w.draft.verdict.severity;
const severityRank = (w: Waiting): number => SEVERITIES.indexOf(severityOf(w));
/** Deadlines that are told apart, ms: those of ventilators and pumps, of monitors, and the rest. */
const DEADLINES_MS = [50, 25];
/** Severity first, and of equals the shorter deadline. */
const RANKS = SEVERITIES.length * (DEADLINES_MS.length + 1);
function rankOf(w: Waiting): number {
  const short = DEADLINES_MS.filter((ms) => w.draft.verdict.budget_ms <= ms).length;
  return severityRank(w) * (DEADLINES_MS.length + 1) + short;
}
const deviceOf = (w: Waiting): string => w.draft.verdict.device.id;

/**
 * Verdicts that wait for a sink. The device with the gravest verdict comes first (of equals the one with the shorter deadline), and of a
 * device its oldest: so a critical one overtakes other devices, and nobody reads of a device in the wrong order. When there is no room the device of the
 * oldest verdict of the lowest severity leaves with all but its critical ones, so that its order is kept; the log has them.
 */
export class Queue {
  /** By device, oldest first. */
  readonly #byDevice = new Map<string, Waiting[]>();
  /** Devices by the rank of their gravest waiting verdict, in the order they reached it. */
  readonly #ranks: Set<string>[] = Array.from({ length: RANKS }, () => new Set());
  readonly #rankOf = new Map<string, number>();
  /** By severity, oldest first: who leaves when there is no room. */
  readonly #leaving: Waiting[][] = SEVERITIES.map(() => []);
  readonly #max: number;
  #size = 0;
  dropped = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes a verdict; returns those that had to leave for it, mostly none. */
  push(w: Waiting): readonly Waiting[] {
    const list = this.#list(w);
    list.push(w);
    return this.#added(w, false);
  }

  /** Puts back what could not be sent, at its place among its device's others: several come back in any order. */
  putBack(w: Waiting): readonly Waiting[] {
    const list = this.#list(w);
    const at = list.findIndex((x) => x.seq > w.seq);
    list.splice(at < 0 ? list.length : at, 0, w);
    return this.#added(w, true);
  }

  shift(): Waiting | undefined {
    for (let rank = this.#ranks.length - 1; rank >= 0; rank--) {
      for (const device of this.#ranks[rank]) {
        const list = this.#byDevice.get(device) as Waiting[];
        const w = list.shift() as Waiting;
        w.gone = true;
        this.#size--;
        this.#rank(device, list);
        return w;
      }
    }
    return undefined;
  }

  #list(w: Waiting): Waiting[] {
    const device = deviceOf(w);
    let list = this.#byDevice.get(device);
    if (list === undefined) {
      list = [];
      this.#byDevice.set(device, list);
    }
    return list;
  }

  #added(w: Waiting, first: boolean): readonly Waiting[] {
    w.gone = false;
    const lane = this.#leaving[severityRank(w)];
    if (first) lane.unshift(w);
    else lane.push(w);
    this.#size++;
    const device = deviceOf(w);
    if (rankOf(w) > (this.#rankOf.get(device) ?? -1)) this.#place(device, rankOf(w));
    return this.#size > this.#max ? this.#drop() : NOBODY;
  }

  #drop(): readonly Waiting[] {
    for (const lane of this.#leaving) {
      while (lane.length > 0) {
        const first = lane.shift() as Waiting;
        if (first.gone) continue;
        const device = deviceOf(first);
        const list = this.#byDevice.get(device) as Waiting[];
        const left = list.filter((w) => w === first || severityOf(w) !== 'critical');
        const stay = list.filter((w) => !left.includes(w));
        for (const w of left) w.gone = true;
        this.#byDevice.set(device, stay);
        this.#size -= left.length;
        this.dropped += left.length;
        this.#rank(device, stay);
        return left;
      }
    }
    return NOBODY;
  }

  /** A device's list got shorter: its place by what is left. */
  #rank(device: string, list: readonly Waiting[]): void {
    if (list.length === 0) {
      this.#ranks[this.#rankOf.get(device) as number].delete(device);
      this.#rankOf.delete(device);
      this.#byDevice.delete(device);
      this.#trim();
      return;
    }
    let rank = 0;
    for (const w of list) rank = Math.max(rank, rankOf(w));
    if (rank !== this.#rankOf.get(device)) this.#place(device, rank);
  }

  #place(device: string, rank: number): void {
    const before = this.#rankOf.get(device);
    if (before !== undefined) this.#ranks[before].delete(device);
    this.#ranks[rank].add(device);
    this.#rankOf.set(device, rank);
  }

  /** Entries that were sent long ago are let go of, a lane at a time. */
  #trim(): void {
    if (this.#size > 0) return;
    for (const lane of this.#leaving) lane.length = 0;
  }
}
