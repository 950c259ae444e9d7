import {
  adviceFor,
  type Conversation,
  guardsPatient,
  type Profile,
  planOf,
  type ResponseLevel,
  type Restriction,
  type Severity,
  safeText,
} from '../core/index.js';
import { type AclRule, aclNote } from './acl.js';
import { type DryRun, dryRun, type Ends } from './dry-run.js';

/** Rules between two hosts or around one device, with what they would have done. */
export interface Proposal {
  readonly what: Exclude<Restriction, 'none'>;
  readonly text: string;
  readonly rules: readonly AclRule[];
  readonly dryRun: DryRun;
}

export interface Advice {
  readonly level: ResponseLevel;
  readonly notify: readonly string[];
  /** What people should do at this level; the safe step of the device's kind first. */
  readonly steps: readonly string[];
  readonly isolate: boolean;
  readonly doNotIsolate: boolean;
  readonly proposals: readonly Proposal[];
  /** Restrictions that are not proposed, and why. */
  readonly withheld: readonly string[];
}

/** What an advice is about: an incident, or a device as such (`peer` null, severity as assumed). */
export interface Case {
  /** Device id as conversations name it. */
  readonly device: string;
  readonly profile: Profile;
  readonly patientConnected: boolean;
  readonly severity: Severity;
  readonly role: 'actor' | 'victim';
  /** The other end as conversations name it (device id, address), and whether a patient depends on it. */
  readonly peer: { readonly end: string; readonly guarded: boolean } | null;
  /** When the incident began, µs: conversations that began since are the incident's. */
  readonly sinceUs: number;
}

const GRAVE: readonly ResponseLevel[] = ['restrict-recommended', 'emergency'];
const DO_NOT =
  'Do not isolate or unplug this device: somebody may depend on it. Restrict what talks to it instead, and only after a look at the bedside.';

/** Everything advised for a case. Pure: reads conversations, changes nothing, sends nothing. */
export function advise(c: Case, ends: Ends, conversations: readonly Conversation[]): Advice {
  const plan = planOf(c.profile);
  const { level, isolate, doNotIsolate } = adviceFor(c.profile, c.severity, c.patientConnected);
  const proposals: Proposal[] = [];
  const withheld: string[] = [];
  // whatever a profile says: around a device that guards a patient only a single peer may be restricted
  const most: Restriction = doNotIsolate && plan.restrict !== 'none' ? 'peer' : plan.restrict;
  if (GRAVE.includes(level)) {
    const own = conversations.filter((x) => x.src === c.device || x.dst === c.device);
    const run = (rules: readonly AclRule[]): DryRun => dryRun(rules, own, ends, c.sinceUs);
    if (most === 'none') withheld.push('No restriction is proposed for this type of device.');
    else {
      const peer = restrictPeer(c, ends, own, run);
      if (typeof peer === 'string') withheld.push(peer);
      else proposals.push(peer);
    }
    if (most === 'learned' || most === 'isolate') {
      const learned = allowLearned(c, ends, own, run);
      if (learned === null) withheld.push('The device has no address a filter could name.');
      else proposals.push(learned);
    }
    if (most === 'isolate' && isolate && level === 'emergency') {
      const rules = around(c, ends, 'isolated');
      if (rules.length > 0)
        proposals.push({ what: 'isolate', text: 'Take the device off the network.', rules, dryRun: run(rules) });
    }
  }
  const steps =
    level === 'monitor' ? [] : [c.profile.safeStep, plan.steps[level]].map((s) => safeText(s, doNotIsolate));
  if (doNotIsolate) steps.push(DO_NOT);
  return {
    level,
    notify: level === 'monitor' ? [] : plan.notify,
    steps,
    isolate,
    doNotIsolate,
    proposals,
    withheld,
  };
}

/** Keeps the acting end from the other one: all of it when that costs nothing, else only what began with the incident. */
function restrictPeer(
  c: Case,
  ends: Ends,
  own: readonly Conversation[],
  run: (rules: readonly AclRule[]) => DryRun,
): Proposal | string {
  if (c.peer === null) return 'The verdict names no single peer to restrict.';
  const [actor, victim] = c.role === 'victim' ? [c.peer.end, c.device] : [c.device, c.peer.end];
  const pairs = ends.pairs(actor, victim);
  const drop = (transport: AclRule['transport'], port: number | null): AclRule[] =>
    pairs.map((p) => ({
      action: 'drop',
      ...p,
      transport,
      port,
      portAt: 'to',
      comment: aclNote(`${actor} to ${victim}`),
    }));
  if (pairs.length === 0) return 'The peer has no address a filter could name.';
  const wide = drop('any', null);
  const wideRun = run(wide);
  const narrow = own
    .filter((x) => x.src === actor && x.dst === victim && x.firstUs >= c.sinceUs && x.transport !== 'other')
    .flatMap((x) => drop(x.transport, x.transport === 'icmp' ? null : x.port));
  const narrowRun = narrow.length > 0 ? run(narrow) : null;
  const harmless = (d: DryRun | null): boolean => d !== null && d.dropped === 0 && d.unknown === 0;
  const text = `Keep ${actor} from ${victim}`;
  if (harmless(wideRun)) return { what: 'peer', text: `${text}, whatever it sends.`, rules: wide, dryRun: wideRun };
  if (narrowRun !== null && harmless(narrowRun))
    return { what: 'peer', text: `${text} in what began with the incident.`, rules: narrow, dryRun: narrowRun };
  if (guardsPatient(c.profile.deviceClass, c.patientConnected) || c.peer.guarded) {
    return `Nothing is proposed between ${actor} and ${victim}: it would have cut ${wideRun.dropped + wideRun.unknown} flows of learned traffic of a device that somebody may depend on.`;
  }
  return narrowRun !== null && narrowRun.dropped <= wideRun.dropped
    ? {
        what: 'peer',
        text: `${text} in what began with the incident; learned traffic is cut with it.`,
        rules: narrow,
        dryRun: narrowRun,
      }
    : { what: 'peer', text: `${text}; learned traffic between them is cut with it.`, rules: wide, dryRun: wideRun };
}

/** Lets pass what was learned before the incident and drops the rest of the device's traffic; null without an address. */
function allowLearned(
  c: Case,
  ends: Ends,
  own: readonly Conversation[],
  run: (rules: readonly AclRule[]) => DryRun,
): Proposal | null {
  const rest = around(c, ends, 'not learned');
  if (rest.length === 0) return null;
  const rules: AclRule[] = [];
  for (const x of own) {
    if (x.firstUs >= c.sinceUs) continue;
    const plain = x.transport === 'other';
    const one = {
      action: 'accept' as const,
      transport: plain ? ('any' as const) : x.transport,
      port: plain || x.transport === 'icmp' ? null : x.port,
      comment: aclNote(`${x.flows} flows, ${x.src} to ${x.dst}`),
    };
    for (const { v6, from, to } of ends.pairs(x.src, x.dst)) {
      rules.push({ ...one, v6, from, to, portAt: 'to' });
      if (x.dst !== 'multicast') rules.push({ ...one, v6, from: to, to: from, portAt: 'from' });
    }
  }
  const all = [...rules, ...rest];
  return {
    what: 'learned',
    text: 'Let pass only what was learned of the device before.',
    rules: all,
    dryRun: run(all),
  };
}

/** Drops everything from and to the device. */
function around(c: Case, ends: Ends, why: string): AclRule[] {
  const drop = (v6: boolean, from: string, to: string): AclRule => ({
    action: 'drop',
    v6,
    from,
    to,
    transport: 'any',
    port: null,
    portAt: 'to',
    comment: aclNote(`${c.device} ${why}`),
  });
  return ends.addresses(c.device).flatMap((ip) => {
    const v6 = ip.includes(':');
    return [drop(v6, ip, ''), drop(v6, '', ip)];
  });
}
