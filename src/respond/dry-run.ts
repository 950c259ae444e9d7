import type { Conversation, Device } from '../core/index.js';
import { type AclRule, isV6, routable } from './acl.js';

/** What a set of rules would have done to the conversations that were seen. */
export interface DryRun {
  /** Answered flows looked at, and those of them that would not have passed. */
  readonly flows: number;
  readonly dropped: number;
  /** Time the flows were seen in, days. */
  readonly days: number;
  /** Flows among them that cannot be judged: their ends have no address now, or some address outside the site. */
  readonly unknown: number;
  /** Conversations that would have been cut, the most used first, at most 10. */
  readonly cut: readonly { src: string; dst: string; transport: string; port: number; flows: number }[];
  /** Flows of conversations that began with the incident, and those of them that would not have passed. */
  readonly incidentFlows: number;
  readonly incidentDropped: number;
}

const DAY_US = 86_400e6;
const MOST_CUT = 10;
/** Ends without an address of their own. */
const NOWHERE = new Set(['external', 'multicast']);

/** Addresses that the ends of conversations have now. */
export class Ends {
  readonly #devices: ReadonlyMap<string, Device>;
  readonly #addresses: ReadonlySet<string>;

  constructor(devices: readonly Device[]) {
    this.#devices = new Map(devices.map((d) => [d.id, d]));
    this.#addresses = new Set(devices.flatMap((d) => d.addresses));
  }

  /** Whether an address is that of a device. */
  holds(ip: string): boolean {
    return this.#addresses.has(ip);
  }

  device(end: string): Device | undefined {
    return this.#devices.get(end);
  }

  /** Addresses a filter between segments can name; none of `external` and `multicast`. */
  addresses(end: string): readonly string[] {
    if (NOWHERE.has(end)) return [];
    const d = this.#devices.get(end);
    return d === undefined ? [end] : d.addresses.filter(routable);
  }

  /** Pairs of addresses of one IP version; '' stands for an end that has none to name. */
  pairs(src: string, dst: string): { v6: boolean; from: string; to: string }[] {
    const out: { v6: boolean; from: string; to: string }[] = [];
    for (const v6 of [false, true]) {
      const side = (end: string): readonly string[] =>
        NOWHERE.has(end) ? [''] : this.addresses(end).filter((ip) => isV6(ip) === v6);
      for (const from of side(src))
        for (const to of side(dst)) if (from !== '' || to !== '') out.push({ v6, from, to });
    }
    return out;
  }
}

interface Packet {
  readonly v6: boolean;
  readonly from: string;
  readonly to: string;
  readonly transport: Conversation['transport'];
  /** Port of the service, and which side it is at; the other side's changes from flow to flow. */
  readonly port: number;
  readonly portAt: 'to' | 'from';
}

/** Whether a rule names a packet; null when that hangs on which address outside the site it is. */
function matches(r: AclRule, p: Packet, ends: Ends): boolean | null {
  if (r.v6 !== p.v6 || (r.transport !== 'any' && r.transport !== p.transport)) return false;
  if (r.port !== null && (r.port !== p.port || r.portAt !== p.portAt)) return false;
  const end = (rule: string, packet: string): boolean | null =>
    rule === '' || rule === packet ? true : packet === '' && !ends.holds(rule) ? null : false;
  const from = end(r.from, p.from);
  const to = end(r.to, p.to);
  return from === false || to === false ? false : from === null || to === null ? null : true;
}

/** Whether a filter lets a packet pass: the first rule that names it decides; null when that cannot be told. */
function passes(rules: readonly AclRule[], p: Packet, ends: Ends): boolean | null {
  for (const r of rules) {
    const hit = matches(r, p, ends);
    if (hit === true) return r.action === 'accept';
    if (hit === null && r.action === 'drop') return null;
  }
  return true;
}

/** True when every pair of addresses can talk in both directions; null when that cannot be told from what is known. */
export function survives(rules: readonly AclRule[], c: Conversation, ends: Ends): boolean | null {
  const pairs = ends.pairs(c.src, c.dst);
  if (pairs.length === 0) return null;
  const { transport, port } = c;
  let ok: boolean | null = true;
  for (const { v6, from, to: named } of pairs) {
    // no single address is a group
    const to = c.dst === 'multicast' ? 'multicast' : named;
    const there = passes(rules, { v6, from, to, transport, port, portAt: 'to' }, ends);
    const back =
      c.dst === 'multicast' ? true : passes(rules, { v6, from: to, to: from, transport, port, portAt: 'from' }, ends);
    if (there === false || back === false) return false;
    if (there === null || back === null) ok = null;
  }
  return ok;
}

/**
 * Runs rules over stored conversations. What began since `incidentUs` (µs) counts apart: it may be the incident itself. Cost is
 * rules × conversations.
 */
export function dryRun(
  rules: readonly AclRule[],
  conversations: readonly Conversation[],
  ends: Ends,
  incidentUs: number,
): DryRun {
  let flows = 0;
  let dropped = 0;
  let unknown = 0;
  let incidentFlows = 0;
  let incidentDropped = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  const cut: Conversation[] = [];
  for (const c of conversations) {
    const ok = survives(rules, c, ends);
    if (c.firstUs >= incidentUs) {
      incidentFlows += c.flows;
      if (ok === false) incidentDropped += c.flows;
      continue;
    }
    first = Math.min(first, c.firstUs);
    last = Math.max(last, c.lastUs);
    flows += c.flows;
    if (ok === null) unknown += c.flows;
    else if (!ok) {
      dropped += c.flows;
      cut.push(c);
    }
  }
  return {
    flows,
    dropped,
    days: flows === 0 ? 0 : (last - first) / DAY_US,
    unknown,
    cut: cut
      .sort((a, b) => b.flows - a.flows)
      .slice(0, MOST_CUT)
      .map(({ src, dst, transport, port, flows: n }) => ({ src, dst, transport, port, flows: n })),
    incidentFlows,
    incidentDropped,
  };
}

/** The dry run in one sentence. */
export function dryRunText(d: DryRun): string {
  const n = (x: number): string => x.toLocaleString('en');
  const days =
    d.days >= 1
      ? `${Math.round(d.days)} days`
      : d.days * 24 >= 1
        ? `${Math.round(d.days * 24)} hours`
        : 'less than an hour'; // prettier-ignore
  const unknown = d.unknown === 0 ? '' : `; ${n(d.unknown)} of them cannot be judged, for an address is not known`;
  const own = `${n(d.incidentDropped)} of ${n(d.incidentFlows)} that began with the incident`;
  const incident = d.incidentFlows === 0 ? '' : `, and ${own}`;
  if (d.flows === 0)
    return `no flows of before to try it on${d.incidentFlows === 0 ? '' : `; would have dropped ${own}`}`;
  return `would have dropped ${n(d.dropped)} of ${n(d.flows)} flows of ${days}${incident}${unknown}`;
}
