import type { Finding } from '../core/index.js';

/** One open incident: a scenario about a device with a peer. */
export interface Incident {
  readonly id: string;
  readonly key: string;
  readonly firstUs: number;
  lastUs: number;
  count: number;
  /** Count at which the next update is told (1, 2, 4, 8 …). */
  nextAt: number;
  toldUs: number;
  /** The finding that raised it highest, and the newest one. */
  worst: Finding;
  newest: Finding;
}

/** What a finding does to its incident. */
export type Told = 'open' | 'update' | null;

export interface IncidentOptions {
  readonly closeAfterUs: number;
  readonly updateMinUs: number;
  readonly max: number;
  readonly id: (tsUs: number) => string;
}

/**
 * One incident per (scenario, device, peer): the first finding opens it, repeats raise its count and are told at 2, 4, 8 …
 * with time between, or at once when the severity rises; quiet time closes it. All on event time.
 */
export class Incidents {
  readonly #open = new Map<string, Incident>();
  readonly #o: IncidentOptions;

  constructor(options: IncidentOptions) {
    this.#o = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Takes a finding; returns its incident and whether that is to be told. */
  take(f: Finding, rank: (f: Finding) => number): { incident: Incident; told: Told; evicted: Incident | null } {
    const key = `${f.scenario}|${f.device}|${f.key ?? f.peer?.ip ?? ''}`;
    const have = this.#open.get(key);
    if (have === undefined) {
      const evicted = this.#open.size >= this.#o.max ? this.#evict() : null;
      const incident: Incident = {
        id: this.#o.id(f.tsUs),
        key,
        firstUs: f.tsUs,
        lastUs: f.tsUs,
        count: 1,
        nextAt: 2,
        toldUs: f.tsUs,
        worst: f,
        newest: f,
      }; // prettier-ignore
      this.#open.set(key, incident);
      return { incident, told: 'open', evicted };
    }
    have.count++;
    have.lastUs = Math.max(have.lastUs, f.tsUs);
    have.newest = f;
    const rose = rank(f) > rank(have.worst);
    if (rose) have.worst = f;
    if (!rose && (have.count < have.nextAt || f.tsUs - have.toldUs < this.#o.updateMinUs)) {
      return { incident: have, told: null, evicted: null };
    }
    while (have.nextAt <= have.count) have.nextAt *= 2;
    have.toldUs = f.tsUs;
    return { incident: have, told: 'update', evicted: null };
  }

  /** Incidents whose quiet time is over, oldest first; they are no longer open. */
  quiet(nowUs: number): Incident[] {
    const over: Incident[] = [];
    for (const [key, i] of this.#open) {
      if (nowUs - i.lastUs <= this.#o.closeAfterUs) continue;
      over.push(i);
      this.#open.delete(key);
    }
    return over;
  }

  /** Every open incident, oldest first; none is open afterwards. */
  all(): Incident[] {
    const out = [...this.#open.values()];
    this.#open.clear();
    return out;
  }

  #evict(): Incident {
    let quietest: Incident | null = null;
    for (const i of this.#open.values()) if (quietest === null || i.lastUs < quietest.lastUs) quietest = i;
    this.#open.delete((quietest as Incident).key);
    return quietest as Incident;
  }
}
