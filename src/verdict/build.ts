import {
  APP_PROTO_NAMES,
  adviceFor,
  cleanText,
  type Device,
  type DeviceDirectory,
  type Finding,
  type FlowColumns,
  formatIp,
  formatTimeUs,
  IpProto,
  type Profile,
  type Reason,
  safeText,
  TUNNEL_NAMES,
  TunnelKind,
  VERDICT_SCHEMA,
  type Verdict,
  type VerdictReason,
} from '../core/index.js'; // prettier-ignore
import type { Incident } from './incidents.js';

/** A verdict is at most this long as JSON, bytes. */
export const MAX_VERDICT_BYTES = 8192;
/** Id of verdicts about no device. */
export const NO_DEVICE = 'sensor';
const MAX_TEXT = 300;
const MAX_REASONS = 8;

export interface ModelFacts {
  readonly id: string;
  readonly profile: string;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly state: string;
}

export interface BuildContext {
  readonly sensor: { readonly site: string; readonly name: string; readonly version: string };
  readonly directory: DeviceDirectory;
  readonly profiles: readonly Profile[];
  readonly columns: FlowColumns;
  readonly communityId: (slot: number) => string;
  readonly model: (device: number) => ModelFacts;
  readonly coverage: (flow: number) => Verdict['coverage'];
  /** Proof of a verdict that is whole but for it; `device` −1 none, `nowUs` its capture time. */
  readonly evidence?: (v: Verdict, device: number, nowUs: number) => Verdict['evidence'];
}

const TRANSPORT: Readonly<Record<number, string>> = {
  [IpProto.Tcp]: 'tcp',
  [IpProto.Udp]: 'udp',
  [IpProto.Icmp]: 'icmp',
  [IpProto.Icmp6]: 'icmp6',
  [IpProto.Sctp]: 'sctp',
}; // prettier-ignore

/** The verdict of an incident as it stands; what only the control process knows is left empty (seq, boot, issue time). */
export function buildVerdict(
  c: BuildContext,
  incident: Incident,
  state: 'open' | 'update' | 'closed',
  id: string,
  observedUs: number,
): Verdict {
  const f = state === 'closed' ? incident.worst : incident.newest;
  const severity = incident.worst.severity;
  const seen = (state === 'closed' ? incident.seen : undefined) ?? {
    flow: flowOf(c, f.flow),
    coverage: c.coverage(f.flow),
  };
  if (f === incident.worst) incident.seen = seen;
  const device = f.device >= 0 ? c.directory.get(f.device) : null;
  const profile = device === null ? null : c.profiles[c.directory.profileOf(f.device)];
  // isolation may harm: it is never advised for what keeps people alive or watched
  const advice = adviceFor(profile, severity, device !== null && (c.directory.patientConnected?.(f.device) ?? false));
  const model = device === null ? null : c.model(f.device);
  const v: Verdict = {
    schema: VERDICT_SCHEMA,
    id,
    seq: 0,
    boot_id: '',
    sensor: { ...c.sensor },
    observed_at: formatTimeUs(observedUs),
    issued_at: formatTimeUs(observedUs),
    latency_ms: 0,
    budget_ms: profile?.budgetMs ?? 250,
    within_budget: true,
    device: deviceOf(device),
    role: f.role,
    peer: peerOf(c, f),
    flow: seen.flow,
    scenario: f.scenario,
    scenario_id: f.scenarioId,
    incident: { id: incident.id, state, count: incident.count, first_at: formatTimeUs(incident.firstUs) },
    severity,
    p_value: f.pValue,
    score: round(f.score),
    threshold: round(f.threshold),
    detectors: (f.parts.length > 0 ? f.parts : [{ name: f.detector, share: 1 }]).map((p) => ({
      name: p.name,
      share: round(p.share),
    })),
    reasons: f.reasons.slice(0, MAX_REASONS).map(reasonOf),
    attack: f.attack.map((a) => ({ ...a })),
    advice: {
      safe_step:
        profile !== null ? safeText(profile.safeStep, advice.doNotIsolate) : 'Check the sensor and the mirror port.',
      isolate: advice.isolate,
      do_not_isolate: advice.doNotIsolate,
      level: advice.level,
    },
    evidence: null,
    coverage: seen.coverage,
    model: {
      id: f.model ?? model?.id ?? 'none',
      profile: model?.profile ?? 'none',
      learned_from: formatTimeUs(model?.fromUs ?? observedUs),
      learned_until: formatTimeUs(model?.untilUs ?? observedUs),
      state: model?.state ?? 'none',
    },
  };
  v.evidence = c.evidence?.(v, f.device, observedUs) ?? null;
  return fit(v);
}

/** The closing verdict of an incident whose sensor went away: as it stood, with a new id and time. */
export function closedAgain(v: Verdict, id: string, nowUs: number): Verdict {
  const at = formatTimeUs(nowUs);
  return {
    ...v,
    id,
    seq: 0,
    boot_id: '',
    observed_at: at,
    issued_at: at,
    incident: { ...v.incident, state: 'closed' },
  };
}

function deviceOf(d: Device | null): Verdict['device'] {
  if (d === null)
    return {
      id: NO_DEVICE,
      type: 'sensor',
      criticality: 'high',
      mac: null,
      ip: null,
      vendor: null,
      model: null,
      name: null,
    };
  const text = (s: string | null): string | null => (s === null ? null : cleanText(s));
  return {
    id: d.id,
    type: d.type,
    criticality: d.criticality,
    mac: d.macs[0] ?? null,
    ip: d.addresses[0] ?? null,
    vendor: text(d.vendor),
    model: text(d.model),
    name: text(d.name),
  }; // prettier-ignore
}

function peerOf(c: BuildContext, f: Finding): Verdict['peer'] {
  if (f.peer === null) return null;
  const d = f.peer.device >= 0 ? c.directory.get(f.peer.device) : null;
  return {
    ip: f.peer.ip,
    port: f.peer.port,
    mac: f.peer.mac ?? d?.macs[0] ?? null,
    device_id: d?.id ?? null,
    type: d?.type ?? null,
  };
}

function flowOf(c: BuildContext, slot: number): Verdict['flow'] {
  if (slot < 0) return null;
  const { columns } = c;
  return {
    community_id: c.communityId(slot),
    transport: TRANSPORT[columns.proto[slot]] ?? String(columns.proto[slot]),
    protocol: APP_PROTO_NAMES[columns.app[slot]] ?? 'unknown',
    vlan: columns.vlan[slot] < 0 ? null : columns.vlan[slot],
    ...(columns.tunnel[slot] === TunnelKind.None ? {} : { tunnel: tunnelOf(columns, slot) }),
  };
}

function tunnelOf(columns: FlowColumns, slot: number): NonNullable<NonNullable<Verdict['flow']>['tunnel']> {
  const outer = (side: 0 | 1): string | null => {
    const [w0, w1, w2, w3] = columns.outer.subarray(slot * 8 + side * 4);
    return (w0 | w1 | w2 | w3) === 0 ? null : formatIp(w0, w1, w2, w3);
  };
  const kind = TUNNEL_NAMES[columns.tunnel[slot]] ?? 'unknown';
  return { kind, id: columns.tunnelId[slot], from: outer(0), to: outer(1) };
}

function reasonOf(r: Reason): VerdictReason {
  return {
    what: r.what,
    feature: r.what === 'feature' ? r.name : null,
    rule: r.what === 'rule' ? r.name : null,
    observed: typeof r.observed === 'string' ? cleanText(r.observed) : r.observed,
    unit: r.unit,
    expected_low: r.expectedLow,
    expected_high: r.expectedHigh,
    share: round(r.share),
    text: sentence(r.text),
  };
}

/** Sentences are ours, but names from traffic may stand in them: control characters and length are bounded here. */
function sentence(text: string): string {
  let out = '';
  for (const ch of text.slice(0, MAX_TEXT)) out += ch < ' ' || ch === '\u007f' ? '_' : ch;
  return out;
}

const round = (n: number): number => Math.round(n * 1e6) / 1e6;

/** Drops the least telling reasons until the verdict fits its limit. */
function fit(v: Verdict): Verdict {
  while (v.reasons.length > 1 && Buffer.byteLength(JSON.stringify(v)) > MAX_VERDICT_BYTES) v.reasons.pop();
  return v;
}
