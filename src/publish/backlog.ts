import type { Verdict } from '../core/index.js';

/** Verdicts asked of the log at once, and sent between two looks at live ones. */
const BATCH = 100;
/** Looks in vain after which what was owed is taken for gone: the log let it go for want of room. */
const EMPTY_LOOKS = 20;

/** Where owed verdicts come from: those of a sink in the order they were given, the oldest first. */
export type PendingSource = (limit: number) => Promise<Verdict[]>;

/**
 * What a sink is owed and memory does not hold: verdicts of an earlier start, and those that found no room in the queue. Read from
 * the log in batches and sent behind live verdicts, oldest first.
 */
export class Backlog {
  /** At a start nobody knows yet whether something is owed. */
  #behind = true;
  #batch: Verdict[] = [];
  #asking = false;
  #empty = 0;
  readonly #sentMeanwhile = new Set<string>();
  /** Verdicts of each device that went to the log only. */
  readonly #owed = new Map<string, number>();
  /** Read from the log so far. */
  read = 0;

  constructor(
    private readonly pending: PendingSource,
    /** Told when something is at hand. */
    private readonly arrived: () => void = () => undefined,
  ) {}

  /** A verdict found no room in memory. */
  owe(device: string): void {
    this.#owed.set(device, (this.#owed.get(device) ?? 0) + 1);
    this.#behind = true;
    this.#empty = 0;
  }

  /** True when older verdicts of a device wait in the log: newer ones have to wait there too. */
  owes(device: string): boolean {
    return this.#owed.size > 0 && this.#owed.has(device);
  }

  get behind(): boolean {
    return this.#behind;
  }

  /** Verdicts that went to the log only and were not sent yet. */
  get size(): number {
    let n = 0;
    for (const x of this.#owed.values()) n += x;
    return n;
  }

  /** The next owed verdict, undefined when none is at hand (more may be on their way from the log). `underWay`: ids being sent. */
  next(underWay: ReadonlySet<string>): Verdict | undefined {
    if (!this.#behind) return undefined;
    const v = this.#batch.shift();
    if (v === undefined) {
      void this.#ask(underWay);
      return undefined;
    }
    const n = this.#owed.get(v.device.id);
    if (n !== undefined) {
      if (n > 1) this.#owed.set(v.device.id, n - 1);
      else this.#owed.delete(v.device.id);
    }
    return v;
  }

  /** A verdict was given to the sink: an answer of the log that was on its way may still hold it. */
  sent(id: string): void {
    if (this.#asking) this.#sentMeanwhile.add(id);
  }

  /** The connection was lost: what was being sent is still owed and will be read again. */
  again(): void {
    this.#behind = true;
    this.#empty = 0;
    this.#batch = [];
  }

  async #ask(underWay: ReadonlySet<string>): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    this.#sentMeanwhile.clear();
    for (const id of underWay) this.#sentMeanwhile.add(id);
    // those being sent are not acknowledged yet and come first
    const found = await this.pending(BATCH + underWay.size);
    this.#asking = false;
    this.#batch = found.filter((v) => !this.#sentMeanwhile.has(v.id));
    this.read += this.#batch.length;
    if (this.#batch.length > 0) {
      this.#empty = 0;
      this.arrived();
    } else if (found.length === 0 && (this.#owed.size === 0 || ++this.#empty >= EMPTY_LOOKS)) {
      this.#behind = false;
      this.#owed.clear();
    }
  }
}
