import type { Severity, Verdict } from '../../core/index.js';

/** What every form says of a verdict, in one place: names of the schemas differ, the words do not. */
export const VENDOR = 'Wardwire';
export const PRODUCT = 'Wardwire';

/** Scales of the schemas: ECS event.severity (Elastic's risk scale), OCSF severity_id, CEF 0 to 10, syslog (RFC 5424 6.2.1). */
export const SCALE: Readonly<Record<Severity, { ecs: number; ocsf: number; cef: number; syslog: number }>> = {
  info: { ecs: 10, ocsf: 1, cef: 1, syslog: 6 },
  low: { ecs: 21, ocsf: 2, cef: 3, syslog: 5 },
  medium: { ecs: 47, ocsf: 3, cef: 5, syslog: 4 },
  high: { ecs: 73, ocsf: 4, cef: 8, syslog: 3 },
  critical: { ecs: 99, ocsf: 5, cef: 10, syslog: 2 },
};

export const titleOf = (v: Verdict): string => `${v.scenario} at ${v.device.name ?? v.device.id}`;

/** All reasons as one text. */
export const messageOf = (v: Verdict): string => v.reasons.map((r) => r.text).join(' ');

/** The acting and the suffering end. */
export function ends(v: Verdict): { source: End; destination: End } {
  const device: End = { ip: v.device.ip, port: null, mac: v.device.mac };
  const peer: End = v.peer === null ? NOBODY : { ip: v.peer.ip, port: v.peer.port, mac: v.peer.mac };
  return v.role === 'actor' ? { source: device, destination: peer } : { source: peer, destination: device };
}

export interface End {
  readonly ip: string | null;
  readonly port: number | null;
  readonly mac: string | null;
}
const NOBODY: End = { ip: null, port: null, mac: null };

/** Without what is null, undefined or an empty object: schemas know no null. */
export function present<T extends object>(o: T): Partial<T> {
  const out: Record<string, unknown> = {};
  for (const [k, x] of Object.entries(o)) {
    const value = typeof x === 'object' && x !== null && !Array.isArray(x) ? present(x) : x;
    const empty =
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
    if (value !== null && value !== undefined && !empty) out[k] = value;
  }
  return out as Partial<T>;
}
