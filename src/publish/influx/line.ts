import type { Verdict } from '../../core/index.js';
import { messageOf } from '../formats/words.js';

/** Parts of a verdict that have a bounded set of values and may be tags. */
const TAGS = {
  site: (v) => v.sensor.site,
  sensor: (v) => v.sensor.name,
  device_type: (v) => v.device.type,
  severity: (v) => v.severity,
  scenario: (v) => v.scenario,
  device: (v) => v.device.id,
  criticality: (v) => v.device.criticality,
  role: (v) => v.role,
  state: (v) => v.incident.state,
  protocol: (v) => v.flow?.protocol,
} as const satisfies Record<string, (v: Verdict) => string | null | undefined>;
export type TagName = keyof typeof TAGS;

/** Everything else: the type of a field never changes, because a database refuses another one. */
const TEXTS: Readonly<Record<string, (v: Verdict) => string | null | undefined>> = {
  id: (v) => v.id,
  boot_id: (v) => v.boot_id,
  issued_at: (v) => v.issued_at,
  device_name: (v) => v.device.name,
  device_ip: (v) => v.device.ip,
  device_mac: (v) => v.device.mac,
  peer_ip: (v) => v.peer?.ip,
  peer_device: (v) => v.peer?.device_id,
  community_id: (v) => v.flow?.community_id,
  transport: (v) => v.flow?.transport,
  incident: (v) => v.incident.id,
  scenario_id: (v) => v.scenario_id,
  attack: (v) => v.attack.map((a) => a.id).join(' '),
  message: (v) => messageOf(v),
  safe_step: (v) => v.advice.safe_step,
  evidence: (v) => v.evidence?.id,
  model: (v) => v.model.id,
};
const FLOATS: Readonly<Record<string, (v: Verdict) => number | null | undefined>> = {
  score: (v) => v.score,
  threshold: (v) => v.threshold,
  p_value: (v) => v.p_value,
  latency_ms: (v) => v.latency_ms,
  budget_ms: (v) => v.budget_ms,
};
const INTEGERS: Readonly<Record<string, (v: Verdict) => number | null | undefined>> = {
  seq: (v) => v.seq,
  peer_port: (v) => v.peer?.port,
  vlan: (v) => v.flow?.vlan,
  incident_count: (v) => v.incident.count,
};
const BOOLEANS: Readonly<Record<string, (v: Verdict) => boolean>> = {
  within_budget: (v) => v.within_budget,
  do_not_isolate: (v) => v.advice.do_not_isolate,
  blind: (v) => v.coverage.blind,
};

/** Control characters and line separators end a line or a value for some readers. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');

/** A tag's value or key: `,`, `=` and space escaped. A backslash has no escape of its own there and would hide the next separator. */
const tag = (text: string): string => plain(text).replaceAll('\\', '/').replace(/[,= ]/g, '\\$&');

/** A string field: `"` and `\` escaped. */
const quoted = (text: string): string => `"${plain(text).replace(/["\\]/g, '\\$&')}"`;

/*
 * measurement,tag=value,… field=value,… timestamp
 * strings in quotes, integers with `i`, true and false, timestamp in ns
 */
/**
 * A verdict as one line of the line protocol. A point is overwritten by another with the same tags and time, so the last three
 * digits of the nanoseconds, which no capture clock has, are those of `seq`; a redelivered verdict is the same point.
 */
export function toLine(v: Verdict, measurement: string, tags: readonly TagName[]): string {
  const keys: string[] = [];
  const fields: string[] = [];
  for (const name of Object.keys(TAGS) as TagName[]) {
    const value = TAGS[name](v);
    if (value === null || value === undefined || value === '') continue;
    if (tags.includes(name)) keys.push(`,${name}=${tag(value)}`);
    else fields.push(`${name}=${quoted(value)}`);
  }
  for (const [name, of] of Object.entries(TEXTS)) {
    const value = of(v);
    if (value !== null && value !== undefined && value !== '') fields.push(`${name}=${quoted(value)}`);
  }
  for (const [name, of] of Object.entries(FLOATS)) {
    const value = of(v);
    if (Number.isFinite(value)) fields.push(`${name}=${value}`);
  }
  for (const [name, of] of Object.entries(INTEGERS)) {
    const value = of(v);
    if (Number.isSafeInteger(value)) fields.push(`${name}=${value}i`);
  }
  for (const [name, of] of Object.entries(BOOLEANS)) fields.push(`${name}=${of(v)}`);
  return `${tag(measurement)}${keys.sort().join('')} ${fields.join(',')} ${timestamp(v)}`;
}

/** Capture time in ns since 1970, as text: more digits than a number holds. */
function timestamp(v: Verdict): string {
  const seconds = Math.floor(Date.parse(v.observed_at) / 1000);
  const micros = /\.(\d{1,6})/.exec(v.observed_at)?.[1].padEnd(6, '0') ?? '000000';
  return `${seconds}${micros}${String(v.seq % 1000).padStart(3, '0')}`;
}
