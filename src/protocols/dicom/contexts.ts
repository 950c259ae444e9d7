import type { Negotiation, PresentationContext } from './negotiation.js';

/** Presentation contexts of an association (PS3.8 7.1.1.13): what was proposed, and what became of it. */
export class Contexts {
  readonly #known = new Map<number, PresentationContext>();

  get(id: number): PresentationContext | undefined {
    return this.#known.get(id);
  }

  clear(): void {
    this.#known.clear();
  }

  /** A request proposes. One that comes after its answer adds what the answer does not say. */
  proposed(n: Negotiation, late: boolean): void {
    if (!late) this.#known.clear();
    for (const [id, c] of n.contexts) {
      const have = this.#known.get(id);
      if (have === undefined) this.#known.set(id, { abstractSyntax: c.abstract, transferSyntax: '', result: -1 });
      else have.abstractSyntax = c.abstract;
    }
  }

  /** Enters the acceptor's answers; `alone`: to a request that was not seen. Returns how many contexts were accepted. */
  answered(n: Negotiation, alone: boolean): number {
    let accepted = 0;
    for (const [id, c] of n.contexts) {
      if (c.result === 0) accepted++;
      const have = this.#known.get(id);
      const transferSyntax = c.result === 0 ? (c.transfers[0] ?? '') : '';
      if (have !== undefined) {
        have.result = c.result;
        have.transferSyntax = transferSyntax;
      } else if (alone) this.#known.set(id, { abstractSyntax: '', transferSyntax, result: c.result });
    }
    return accepted;
  }
}
