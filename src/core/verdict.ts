import type { VerdictBasis } from './basis.js';
import type { Severity } from './finding.js';
import type { ResponseLevel } from './response.js';

export const VERDICT_SCHEMA = 'wardwire.verdict.v1';

/** The message a subscriber gets. Field names are an interface (docs/verdict.md); immutable, validated, no patient data. */
export interface Verdict {
  schema: typeof VERDICT_SCHEMA;
  id: string;
  /** Set by the control process when the verdict is accepted for publishing. */
  seq: number;
  boot_id: string;
  sensor: { site: string; name: string; version: string };
  observed_at: string;
  issued_at: string;
  latency_ms: number;
  budget_ms: number;
  within_budget: boolean;
  device: {
    id: string;
    type: string;
    criticality: string;
    mac: string | null;
    ip: string | null;
    vendor: string | null;
    model: string | null;
    name: string | null;
  };
  role: 'actor' | 'victim';
  peer: { ip: string; port: number | null; mac: string | null; device_id: string | null; type: string | null } | null;
  flow: {
    community_id: string;
    transport: string;
    protocol: string;
    vlan: number | null;
    /** The tunnel the flow came in: kind, identifier, outer initiator and responder (null where the tunnel has no addresses). */
    tunnel?: { kind: string; id: number; from: string | null; to: string | null };
  } | null;
  scenario: string;
  scenario_id: string | null;
  incident: { id: string; state: 'open' | 'update' | 'closed'; count: number; first_at: string };
  severity: Severity;
  p_value: number | null;
  score: number;
  threshold: number;
  detectors: { name: string; share: number }[];
  reasons: VerdictReason[];
  attack: { framework: string; id: string; name: string }[];
  advice: {
    safe_step: string;
    isolate: boolean;
    do_not_isolate: boolean;
    /** How much is advised; absent in verdicts of before it was. */
    level?: ResponseLevel;
  };
  evidence: { id: string; sha256: string; packets: number; from: string; to: string } | null;
  coverage: { gap_octets: number; drops: number; blind: boolean };
  model: { id: string; profile: string; learned_from: string; learned_until: string; state: string };
}

export interface VerdictReason {
  what: 'feature' | 'rule';
  feature: string | null;
  rule: string | null;
  observed: number | string | null;
  unit: string;
  expected_low: number | null;
  expected_high: number | null;
  share: number;
  text: string;
}

/** Where the time from packet to verdict went inside the sensor process, µs. */
export interface VerdictStages {
  /** From the kernel's timestamp to the entry into the pipeline; 0 on replay. */
  readonly capture: number;
  /** Layers, flow, decoding, features and rules of the deciding packet. */
  readonly decode: number;
  /** Scoring of a feature row by the model; 0 for verdicts of rules. */
  readonly score: number;
}

/** How old a verdict was when it was built. Monotonic time only, so that steps of the wall clock change nothing. */
export interface VerdictTiming {
  /** Age of the deciding packet, µs: since its capture; on replay since its entry into the pipeline. */
  readonly ageUs: number;
  /** Monotonic time of that moment, µs, as every process of the machine reads it. */
  readonly builtUs: number;
  readonly stages: VerdictStages;
}

/**
 * A verdict on its way to the publisher: everything but what only the control process knows (seq, boot_id, issued_at,
 * latency_ms, within_budget), with the times the deadline clock needs.
 */
export interface VerdictDraft {
  readonly verdict: Verdict;
  /** Capture time of the deciding packet, µs since 1970, and whether it is a live (wall) time. */
  readonly observedUs: number;
  readonly live: boolean;
  readonly timing: VerdictTiming;
  /** What it was made from: goes into the log beside it, into no message. */
  readonly basis?: VerdictBasis;
}

export interface VerdictSink {
  verdict(draft: VerdictDraft): void;
}
