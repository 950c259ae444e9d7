import type { Verdict } from '../core/index.js';

/** One readable line: time, severity, who, what, why, how fast. */
export function formatVerdictLine(v: Verdict): string {
  const who = v.device.name ?? v.device.ip ?? v.device.id;
  const peer = v.peer === null ? '' : ` with ${v.peer.ip}${v.peer.port === null ? '' : `:${v.peer.port}`}`;
  const state = v.incident.state === 'open' ? '' : ` [${v.incident.state}, ${v.incident.count}×]`;
  const why = v.reasons
    .slice(0, 2)
    .map((r) => r.text)
    .join(' ');
  return `${v.observed_at.slice(11, 23)} ${v.severity.toUpperCase().padEnd(8)} ${v.scenario}${state}: ${who} (${v.device.type}, ${v.role})${peer}. ${why}`;
}
