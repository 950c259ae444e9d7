import type { Evidence } from '../core/index.js';

/** A piece of evidence that speaks for a type. */
export interface TypeEvidence {
  readonly source: string;
  readonly value: string;
  readonly type: string;
  /** 0…1: how far this alone would be trusted. */
  readonly weight: number;
  /** Sources of one group say the same thing over again (a name by DHCP and by mDNS); left out: the source alone. */
  readonly group?: string;
}

/** Special kinds and the general type they belong to: they do not contradict each other. */
const KIND_OF: Readonly<Record<string, string>> = {
  'ct-scanner': 'imaging-modality',
  'mr-scanner': 'imaging-modality',
  'x-ray': 'imaging-modality',
  ultrasound: 'imaging-modality',
  viewer: 'workstation',
};
/** Own trust from which a special kind inherits what speaks for its general type. */
const SPECIAL_FROM = 0.4;

/** What one piece of evidence for a special kind can make of it at most. */
const SPECIAL_TO = 0.75;

function related(a: string, b: string): boolean {
  return a === b || KIND_OF[a] === b || KIND_OF[b] === a;
}

const MAX_EVIDENCE = 24;
const MAX_NOTES = 24;
/** Of one source: a talkative one leaves room for others. */
const MAX_NOTES_A_SOURCE = 8;

/**
 * The evidence about one device. One group of sources speaks once a type with its strongest value; groups are independent, so
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
    const strongest = new Map<string, TypeEvidence>();
    for (const i of this.#items) {
      const key = `${i.group ?? i.source} ${i.type}`;
      if ((strongest.get(key)?.weight ?? -1) < i.weight) strongest.set(key, i);
    }
    const own = new Map<string, number>();
    const said = new Map<string, number>();
    for (const { type, weight } of strongest.values()) {
      own.set(type, (own.get(type) ?? 1) * (1 - weight));
      said.set(type, (said.get(type) ?? 0) + 1);
    }
    // what speaks for a kind of device speaks for each of its special kinds too, once something else names that one
    const trust = new Map<string, number>();
    for (const [t, doubt] of own) {
      const general = KIND_OF[t];
      const special = general !== undefined && 1 - doubt >= SPECIAL_FROM;
      trust.set(t, 1 - (special ? doubt * (own.get(general) ?? 1) : doubt));
    }
    let type = 'unknown';
    let best = 0;
    for (const [t, x] of trust) {
      if (x > best || (x === best && KIND_OF[t] === type)) {
        best = x;
        type = t;
      }
    }
    let second = 0;
    for (const [t, x] of trust) if (x > second && !related(t, type)) second = x;
    // one kind of evidence is not enough to be sure of a special kind
    if (KIND_OF[type] !== undefined && (said.get(type) ?? 0) < 2) best = Math.min(best, SPECIAL_TO);
    return { type, confidence: best * (1 - second * 0.5) };
  }

  /** Notes something said about the device that speaks for no type (names it uses). True when it is new. */
  note(source: string, value: string): boolean {
    const same = this.#notes.filter((n) => n.source === source);
    if (this.#notes.length >= MAX_NOTES || same.length >= MAX_NOTES_A_SOURCE || same.some((n) => n.value === value))
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
