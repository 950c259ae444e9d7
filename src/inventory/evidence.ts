import type { Evidence } from '../core/index.js';

/** A piece of evidence that speaks for a type. */
export interface TypeEvidence {
  readonly source: string;
  readonly value: string;
  readonly type: string;
  /** 0…1: how far this alone would be trusted. */
  readonly weight: number;
}

const MAX_EVIDENCE = 24;
const MAX_NOTES = 8;

/**
 * The evidence about one device. One source speaks once a type with its strongest value; sources are independent, so
 * a type's trust is 1 − Π(1 − weight), and what speaks for the next best type is taken off.
 */
export class EvidenceList {
  readonly #items: TypeEvidence[] = [];
  readonly #notes: Evidence[] = [];

  /** Adds or strengthens; true when something changed. */
  add(item: TypeEvidence): boolean {
    const at = this.#items.findIndex((i) => i.source === item.source && i.type === item.type);
    if (at >= 0) {
      if (this.#items[at].weight >= item.weight) return false;
      this.#items[at] = item;
      return true;
    }
    if (this.#items.length >= MAX_EVIDENCE) return false;
    this.#items.push(item);
    return true;
  }

  /** Replaces everything a source said. */
  replace(source: string, items: readonly TypeEvidence[]): void {
    for (let i = this.#items.length - 1; i >= 0; i--) if (this.#items[i].source === source) this.#items.splice(i, 1);
    for (const item of items) this.add(item);
  }

  /** Best type with its confidence 0…1, or unknown. */
  decide(): { type: string; confidence: number } {
    const doubt = new Map<string, number>();
    for (const { type, weight } of this.#items) doubt.set(type, (doubt.get(type) ?? 1) * (1 - weight));
    let type = 'unknown';
    let best = 0;
    let second = 0;
    for (const [t, d] of doubt) {
      const trust = 1 - d;
      if (trust > best) {
        second = best;
        best = trust;
        type = t;
      } else if (trust > second) second = trust;
    }
    return { type, confidence: best * (1 - second * 0.5) };
  }

  /** Notes something said about the device that speaks for no type (names it uses). True when it is new. */
  note(source: string, value: string): boolean {
    if (this.#notes.length >= MAX_NOTES || this.#notes.some((n) => n.source === source && n.value === value))
      return false;
    this.#notes.push({ source, value, weight: 0 });
    return true;
  }

  toEvidence(): Evidence[] {
    return this.#typed().concat(this.#notes);
  }

  #typed(): Evidence[] {
    return this.#items.map((i) => ({ source: i.source, value: `${i.type}: ${i.value}`, weight: i.weight }));
  }
}
