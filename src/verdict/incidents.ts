import { type Finding, type OpenIncident, SEVERITIES, type Verdict } from '../core/index.js';

/** One open incident: a scenario about a device with a peer. */
export interface Incident {
  readonly id: string;
  readonly key: string;
  /** Scenario and device; and what it is keyed by besides: a peer or name, MANY for those beyond `peersMax`. */
  readonly base: string;
  readonly rest: string;
  readonly firstUs: number;
  lastUs: number;
  count: number;
  /** Count at which the next update is told (1, 2, 4, 8 …). */
  nextAt: number;
  toldUs: number;
  /** The finding that raised it highest, and the newest one. */
  worst: Finding;
  newest: Finding;
  /** Flow and coverage as told with the worst finding: by the time of closing its row may be another flow's. */
  seen?: Pick<Verdict, 'flow' | 'coverage'>;
}

/** What a finding does to its incident. */
export type Told = 'open' | 'update' | null;

/** What a reload may change. */
export interface IncidentLimits {
  readonly closeAfterUs: number;
  readonly updateMinUs: number;
  /** Open incidents of one scenario and device at most; further peers share one more. */
  readonly peersMax: number;
}

export interface IncidentOptions {
  readonly limits: () => IncidentLimits;
  readonly max: number;
  readonly deviceId: (device: number) => string;
  readonly id: (tsUs: number) => string;
}

/** What an incident of many peers is keyed by. */
export const MANY = '*';

/**
 * One incident per (scenario, device, peer): the first finding opens it, repeats raise its count and are told at 2, 4, 8 …
 * with time between, or at once when the severity rises; it never falls while the incident is open, and quiet time closes it. A
 * scenario that comes from ever more peers is one line more, not one a peer. All on event time.
 */
export class Incidents {
  readonly #open = new Map<string, Incident>();
  /** Open incidents by scenario and device. */
  readonly #perBase = new Map<string, number>();
  /** Those of the sensor before this one, by scenario, device id and key. */
  readonly #before = new Map<string, OpenIncident>();
  readonly #o: IncidentOptions;

  constructor(options: IncidentOptions) {
    this.#o = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Incidents that were open when an earlier sensor went away. */
  resume(before: readonly OpenIncident[]): void {
    for (const b of before) this.#before.set(`${b.verdict.scenario}|${b.verdict.device.id}|${b.key}`, b);
  }

  /** Takes a finding; returns its incident and whether that is to be told. */
  take(f: Finding, rank: (f: Finding) => number): { incident: Incident; told: Told; evicted: Incident | null } {
    const { peersMax, updateMinUs } = this.#o.limits();
    const base = `${f.scenario}|${f.device}`;
    const own = f.key ?? f.peer?.ip ?? '';
    const many = !this.#open.has(`${base}|${own}`) && (this.#perBase.get(base) ?? 0) >= peersMax;
    const rest = many ? MANY : own;
    const key = `${base}|${rest}`;
    const have = this.#open.get(key);
    if (have === undefined) {
      const evicted = this.#open.size >= this.#o.max ? this.#evict() : null;
      const before = this.#taken(f, rest);
      const rose = before === null || rank(f) > SEVERITIES.indexOf(before.severity);
      const count = (before?.verdict.incident.count ?? 0) + 1;
      const incident: Incident = {
        id: before?.verdict.incident.id ?? this.#o.id(f.tsUs),
        key,
        base,
        rest,
        firstUs: before?.firstUs ?? f.tsUs,
        lastUs: f.tsUs,
        count,
        nextAt: 2 ** Math.floor(Math.log2(count) + 1),
        toldUs: f.tsUs,
        worst: rose ? f : { ...f, severity: before.severity },
        newest: f,
      }; // prettier-ignore
      this.#open.set(key, incident);
      this.#perBase.set(base, (this.#perBase.get(base) ?? 0) + 1);
      return { incident, told: before === null ? 'open' : 'update', evicted };
    }
    have.count++;
    have.lastUs = Math.max(have.lastUs, f.tsUs);
    have.newest = f;
    const rose = rank(f) > rank(have.worst);
    if (rose) have.worst = f;
    if (!rose && (have.count < have.nextAt || f.tsUs - have.toldUs < updateMinUs)) {
      return { incident: have, told: null, evicted: null };
    }
    while (have.nextAt <= have.count) have.nextAt *= 2;
    have.toldUs = f.tsUs;
    return { incident: have, told: 'update', evicted: null };
  }

  /** Incidents whose quiet time is over, oldest first, `most` at once; they are no longer open. */
  quiet(nowUs: number, most = Number.POSITIVE_INFINITY): Incident[] {
    const over: Incident[] = [];
    const { closeAfterUs } = this.#o.limits();
    for (const i of this.#open.values()) {
      if (nowUs - i.lastUs <= closeAfterUs) continue;
      if (over.length === most) break;
      over.push(i);
      this.#remove(i);
    }
    return over;
  }

  /** Incidents of an earlier sensor that did not go on: quiet for too long, or of another time than what is seen now. */
  abandoned(nowUs: number): OpenIncident[] {
    if (this.#before.size === 0) return [];
    const over: OpenIncident[] = [];
    for (const [key, b] of this.#before) {
      if (nowUs >= b.firstUs && nowUs - b.lastUs <= this.#o.limits().closeAfterUs) continue;
      over.push(b);
      this.#before.delete(key);
    }
    return over;
  }

  /** Every open incident, oldest first; none is open afterwards. */
  all(): Incident[] {
    const out = [...this.#open.values()];
    this.#open.clear();
    this.#perBase.clear();
    return out;
  }

  #taken(f: Finding, rest: string): OpenIncident | null {
    if (this.#before.size === 0) return null;
    const key = `${f.scenario}|${this.#o.deviceId(f.device)}|${rest}`;
    const b = this.#before.get(key);
    if (b === undefined || f.tsUs < b.firstUs || f.tsUs - b.lastUs > this.#o.limits().closeAfterUs) return null;
    this.#before.delete(key);
    return b;
  }

  #remove(i: Incident): void {
    this.#open.delete(i.key);
    const left = (this.#perBase.get(i.base) ?? 1) - 1;
    if (left > 0) this.#perBase.set(i.base, left);
    else this.#perBase.delete(i.base);
  }

  #evict(): Incident {
    let quietest: Incident | null = null;
    for (const i of this.#open.values()) if (quietest === null || i.lastUs < quietest.lastUs) quietest = i;
    this.#remove(quietest as Incident);
    return quietest as Incident;
  }
}
