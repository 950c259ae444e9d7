import type { Counters, FlowColumns } from '../core/index.js';

/** Packets of a direction without an answer after which one would have been seen. */
const ENOUGH = 4;

/**
 * Counts the TCP conversations of a table that are seen in both directions and in one only, over each sweep of the table. A connection
 * that carries data is answered: when nobody is seen to answer, the span mirrors one direction.
 */
export class Sides {
  readonly #c: Counters;
  readonly #one: number;
  readonly #two: number;
  #oneSided = 0;
  #twoSided = 0;

  constructor(c: Counters) {
    this.#c = c;
    const text = 'TCP conversations in the table that carried data and of which';
    this.#one = c.define('gauge', 'wardwire_flows_one_sided', `${text} only one direction was seen.`);
    this.#two = c.define('gauge', 'wardwire_flows_two_sided', `${text} both directions were seen.`);
  }

  /** A TCP row met in the sweep. */
  look(c: FlowColumns, slot: number): void {
    const k = 2 * slot;
    if (c.payload[k] + c.payload[k + 1] === 0) return;
    if (c.packets[k] > 0 && c.packets[k + 1] > 0) this.#twoSided++;
    else if (c.packets[k] + c.packets[k + 1] >= ENOUGH) this.#oneSided++;
  }

  /** The sweep begins anew. */
  done(): void {
    this.#c.values[this.#one] = this.#oneSided;
    this.#c.values[this.#two] = this.#twoSided;
    this.#oneSided = 0;
    this.#twoSided = 0;
  }
}
