import type { Verdict } from '../../src/core/index.js';

/**
 * What must be equal between two runs over the same packets: everything but ids, counters of a boot and wall times.
 * Incident ids are replaced by their order of appearance.
 */
export function comparable(verdicts: readonly Verdict[]): Record<string, unknown>[] {
  const incidents = new Map<string, number>();
  return verdicts.map((v) => {
    if (!incidents.has(v.incident.id)) incidents.set(v.incident.id, incidents.size + 1);
    const { id, seq, boot_id, issued_at, latency_ms, within_budget, ...rest } = v;
    void [id, seq, boot_id, issued_at, latency_ms, within_budget];
    return { ...rest, incident: { ...v.incident, id: `#${incidents.get(v.incident.id)}` } };
  });
}

/** One short line a verdict, for expected.ndjson and for messages. */
export function outline(v: Verdict): Record<string, unknown> {
  return {
    observed_at: v.observed_at,
    scenario: v.scenario,
    severity: v.severity,
    state: v.incident.state,
    count: v.incident.count,
    device: v.device.name ?? v.device.ip,
    role: v.role,
    peer: v.peer?.ip ?? null,
    reason: v.reasons[0]?.text ?? null,
  };
}
