import { cleanText, type Dir, type EvidenceField, maskName, type ProtocolContext } from '../core/index.js';

/** Datagrams of one flow that are read for evidence at once; beyond, one a second. */
const AT_ONCE = 32;
const LATER_US = 1_000_000;
const MAX_VALUE = 96;

/** Tells evidence about an end of a flow: cleaned, bounded, names of people masked. */
export class Teller {
  constructor(private readonly ctx: ProtocolContext) {}

  /** `from` is the direction whose sender the evidence is about. Empty values are not told. */
  tell(
    slot: number,
    from: Dir,
    tsUs: number,
    source: string,
    field: EvidenceField,
    text: string,
    device?: number,
  ): void {
    const value = cleanText(text, MAX_VALUE);
    if (value === '') return;
    const about = from === 0 ? 'initiator' : 'responder';
    const at = { flow: slot, dir: from, tsUs, source, field, value, about } as const;
    this.ctx.events.event(device === undefined ? { kind: 'evidence', ...at } : { kind: 'evidence', ...at, device });
  }

  /** A host name: the domain is left out, words that may be a person's name are masked. */
  name(slot: number, from: Dir, tsUs: number, source: string, text: string, device?: number): void {
    const host = text.replace(/\.$/, '').split('.')[0];
    this.tell(slot, from, tsUs, source, 'name', this.mask(host), device);
  }

  mask(text: string): string {
    return maskName(text, this.ctx.token);
  }
}

/** Bounds what evidence costs: a flow's first datagrams are read at once, then one a second, or one every `laterUs`. */
export class Pace {
  readonly #left: Uint8Array;
  readonly #gen: Uint32Array;
  readonly #nextUs: Float64Array;

  constructor(
    private readonly ctx: ProtocolContext,
    private readonly laterUs = LATER_US,
  ) {
    const n = ctx.columns.capacity;
    this.#left = new Uint8Array(n);
    this.#gen = new Uint32Array(n).fill(0xffffffff);
    this.#nextUs = new Float64Array(n);
  }

  /** True when this datagram may be read. */
  allows(slot: number, tsUs: number): boolean {
    const gen = this.ctx.columns.gen[slot];
    if (this.#gen[slot] !== gen) {
      this.#gen[slot] = gen;
      this.#left[slot] = AT_ONCE;
    }
    if (this.#left[slot] > 0) {
      this.#left[slot]--;
      this.#nextUs[slot] = tsUs + this.laterUs;
      return true;
    }
    if (tsUs < this.#nextUs[slot]) return false;
    this.#nextUs[slot] = tsUs + this.laterUs;
    return true;
  }
}

/** A datagram's payload and whom it comes from, as the readers below `datagrams.ts` get it. */
export interface Datagram {
  readonly slot: number;
  readonly dir: Dir;
  readonly tsUs: number;
  readonly buf: Buffer;
  readonly from: number;
  readonly to: number;
}

/** Reads one datagram of a protocol known by its port; never throws, never keeps the buffer. */
export type Reader = (d: Datagram) => void;
