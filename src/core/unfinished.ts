import type { Counters } from './counters.js';

/** Pages are powers of two, the smallest of 64 bytes. */
const LEAST_BITS = 6;
/** What a page costs besides its bytes. */
const PAGE_COST = 256;
/** Free pages that are kept of every size, bytes. */
const STOCK = 262_144;
const SIZES = 31;
const NONE = Buffer.alloc(0);

/** Whoever gathers a message. */
export interface UnfinishedOwner {
  /** The memory for all is spent and these bytes had to go: the message is lost, `bytes` is empty and may be used for the next one. */
  givenUp(bytes: Unfinished): void;
}

/** Makes the place for one direction's unfinished bytes of the flow at hand. */
export type KeepUnfinished = (owner: UnfinishedOwner) => Unfinished;

export interface UnfinishedOptions {
  /** Bytes all messages together may hold. */
  readonly limitBytes: number;
  /** Rows of the flow table. */
  readonly flows: number;
  readonly counters: Counters;
  /** Whether an end of the flow is life-critical. */
  readonly critical: (slot: number) => boolean;
}

/** Messages by the time they began. */
class Ages {
  oldest: Unfinished | null = null;
  newest: Unfinished | null = null;
  bytes = 0;

  add(u: Unfinished): void {
    u.ages = this;
    u.older = this.newest;
    u.newer = null;
    if (this.newest === null) this.oldest = u;
    else this.newest.newer = u;
    this.newest = u;
  }

  remove(u: Unfinished): void {
    if (u.older === null) this.oldest = u.newer;
    else u.older.newer = u.newer;
    if (u.newer === null) this.newest = u.older;
    else u.newer.older = u.older;
    u.ages = null;
    u.older = null;
    u.newer = null;
  }
}

/**
 * The bytes of one message that is not whole yet. They lie in one page that grows with them and is given back when the message is over;
 * between messages nothing is held.
 */
export class Unfinished {
  /** The page: `bytes[0 … length)` counts, what lies behind is of others. LENT to readers until the next `add` or `clear`. */
  bytes: Buffer = NONE;
  length = 0;
  /** The memory's own: neighbours by age, and the next of the same flow. */
  ages: Ages | null = null;
  older: Unfinished | null = null;
  newer: Unfinished | null = null;
  sibling: Unfinished | null = null;

  /** @param lost counter of messages given up */
  constructor(
    private readonly memory: UnfinishedMemory,
    readonly lost: number,
    readonly slot: number,
    readonly owner: UnfinishedOwner,
  ) {}

  /** Takes `b[from … to)`. False when the memory is spent and this message is the one to go: the owner was told, nothing is held. */
  add(b: Buffer, from: number, to: number): boolean {
    const need = this.length + to - from;
    if (need > this.bytes.length && !this.memory.grow(this, need)) return false;
    b.copy(this.bytes, this.length, from, to);
    this.length = need;
    return true;
  }

  /** The message is over, or nobody wants it: its page goes back. */
  clear(): void {
    if (this.bytes !== NONE) this.memory.give(this);
    this.length = 0;
  }

  /** From here to `clear` the bytes are read by somebody who gathers bytes himself: they must not be the ones to go. */
  pin(): void {
    if (this.ages !== null) this.memory.hold(this);
  }
}

/**
 * What unfinished messages hold, bounded as a whole. When it is spent the message that began longest ago is given up, whoever asks: an
 * honest message is whole within moments, and to push it out somebody has to send as much as the whole memory holds within these.
 * Messages from and to life-critical devices and all others are two halves, of which the one that holds more gives: neither can drive
 * out the other's half.
 */
export class UnfinishedMemory {
  /** Bytes held by pages handed out, with what the pages cost. */
  used = 0;
  readonly #o: UnfinishedOptions;
  readonly #gauge: number;
  readonly #critical = new Ages();
  readonly #others = new Ages();
  /** Free pages by the logarithm of their size. */
  readonly #stock: Buffer[][] = Array.from({ length: SIZES }, () => []);
  /** The first place of each flow. */
  readonly #first: (Unfinished | null)[];

  constructor(o: UnfinishedOptions) {
    this.#o = o;
    this.#first = new Array<Unfinished | null>(o.flows).fill(null);
    const { counters } = o;
    this.#gauge = counters.define(
      'gauge',
      'wardwire_parser_unfinished_bytes',
      'Memory held by messages that are not whole yet.',
    );
    const limit = counters.define(
      'gauge',
      'wardwire_parser_unfinished_limit_bytes',
      'Limit of wardwire_parser_unfinished_bytes.',
    );
    counters.values[limit] = o.limitBytes;
  }

  /** The counter of a protocol's messages that were given up. Call at start. */
  protocol(name: string): number {
    return this.#o.counters.define(
      'counter',
      'wardwire_parser_unfinished_given_up_total',
      'Messages given up before they were whole, because the memory for such was spent, by protocol.',
      { protocol: name },
    );
  }

  /** A place for a flow's unfinished bytes; `release` empties all of a flow. `lost`: what `protocol` gave. */
  open(slot: number, lost: number, owner: UnfinishedOwner): Unfinished {
    const u = new Unfinished(this, lost, slot, owner);
    u.sibling = this.#first[slot];
    this.#first[slot] = u;
    return u;
  }

  /** Nobody reads the flow any more: all it holds goes back. */
  release(slot: number): void {
    for (let u = this.#first[slot]; u !== null; u = u.sibling) u.clear();
    this.#first[slot] = null;
  }

  /** A page for `need` bytes with what is held already; false when the message is the one to go. For `Unfinished` alone. */
  grow(u: Unfinished, need: number): boolean {
    const bits = Math.max(LEAST_BITS, 32 - Math.clz32(need - 1));
    const size = 1 << bits;
    const old = u.bytes;
    const first = old === NONE;
    const more = first ? size + PAGE_COST : size - old.length;
    while (this.used + more > this.#o.limitBytes) {
      // a page that fits nowhere drives nobody out
      const fits = size + PAGE_COST <= this.#o.limitBytes;
      const { oldest } = this.#critical.bytes > this.#others.bytes ? this.#critical : this.#others;
      const gone = fits && oldest !== null ? oldest : u;
      this.#giveUp(gone);
      if (gone === u) return false;
    }
    const page = this.#stock[bits].pop() ?? Buffer.allocUnsafeSlow(size);
    if (first) (this.#o.critical(u.slot) ? this.#critical : this.#others).add(u);
    else {
      old.copy(page, 0, 0, u.length);
      this.#keep(old);
    }
    u.bytes = page;
    this.#charge(u.ages, more);
    return true;
  }

  /** Takes a page back. For `Unfinished` alone. */
  give(u: Unfinished): void {
    const { ages, bytes } = u;
    this.#keep(bytes);
    this.#charge(ages, -bytes.length - PAGE_COST);
    ages?.remove(u);
    u.bytes = NONE;
  }

  /** Takes a message out of those that may have to go; what it holds still counts. For `Unfinished` alone. */
  hold(u: Unfinished): void {
    const { ages } = u;
    if (ages === null) return;
    ages.bytes -= u.bytes.length + PAGE_COST;
    ages.remove(u);
  }

  #giveUp(u: Unfinished): void {
    this.#o.counters.values[u.lost]++;
    u.clear();
    u.owner.givenUp(u);
  }

  #charge(ages: Ages | null, bytes: number): void {
    this.used += bytes;
    if (ages !== null) ages.bytes += bytes;
    this.#o.counters.values[this.#gauge] = this.used;
  }

  #keep(page: Buffer): void {
    const free = this.#stock[31 - Math.clz32(page.length)];
    if ((free.length + 1) * page.length <= STOCK) free.push(page);
  }
}
