/** Named, non-fatal oddities of traffic. Registered at start by the room that owns them, counted for ever. */
export type WeirdAction = 'ignore' | 'count' | 'once_per_device' | 'feature';

export interface WeirdDef {
  /** Dotted stable name, e.g. `tcp.overlap.differs`, `dicom.pdu.length`. */
  readonly id: string;
  /** Plain words for the operator. */
  readonly text: string;
  readonly action: WeirdAction;
  /** Standard and section it breaks, when there is one. */
  readonly ref?: string;
}

/** Called when a weird is counted with a flow at hand; slot −1 when there is none. */
export type WeirdListener = (weird: number, slot: number, tsUs: number) => void;

/** No flow was told of yet. */
const NOBODY = -2;

export class Weirds {
  readonly defs: WeirdDef[] = [];
  counts = new Float64Array(64);
  readonly #byId = new Map<string, number>();
  /** Flow and time each was told of last. */
  #toldSlot = new Int32Array(64).fill(NOBODY);
  #toldUs = new Float64Array(64);
  #listener: WeirdListener | null = null;

  /** Registers `def` (idempotent by id) and returns its number. Call at start, never per packet. */
  register(def: WeirdDef): number {
    const have = this.#byId.get(def.id);
    if (have !== undefined) return have;
    const n = this.defs.length;
    this.defs.push(def);
    this.#byId.set(def.id, n);
    if (n >= this.counts.length) {
      const more = new Float64Array(this.counts.length * 2);
      more.set(this.counts);
      this.counts = more;
      const slots = new Int32Array(more.length).fill(NOBODY);
      slots.set(this.#toldSlot);
      this.#toldSlot = slots;
      const times = new Float64Array(more.length);
      times.set(this.#toldUs);
      this.#toldUs = times;
    }
    return n;
  }

  listen(listener: WeirdListener): void {
    this.#listener = listener;
  }

  /** Counts an oddity; the listener is told once a packet of a flow, however often one packet repeats it. */
  hit(weird: number, slot = -1, tsUs = 0): void {
    this.counts[weird]++;
    if (this.#listener === null || this.defs[weird].action === 'count' || this.defs[weird].action === 'ignore') return;
    if (this.#toldSlot[weird] === slot && this.#toldUs[weird] === tsUs) return;
    this.#toldSlot[weird] = slot;
    this.#toldUs[weird] = tsUs;
    this.#listener(weird, slot, tsUs);
  }

  /** Count by id, 0 for an unknown id (tests, summaries). */
  count(id: string): number {
    const n = this.#byId.get(id);
    return n === undefined ? 0 : this.counts[n];
  }
}

/** Registers a whole list and returns numbers under the same keys. */
export function registerWeirds<K extends string>(weirds: Weirds, defs: Record<K, WeirdDef>): Record<K, number> {
  const out = {} as Record<K, number>;
  for (const k of Object.keys(defs) as K[]) out[k] = weirds.register(defs[k]);
  return out;
}
