import type { Baseline, BaselineSettings } from '../baseline/index.js';
import type { Finding } from '../core/index.js';
import type { Settings } from './manifest.js';

/** Whoever a rule names teaches nothing while the incident may be open, nor does the other end of it. */
export function quarantine(baseline: Baseline, f: Finding): void {
  if (f.device < 0 || f.severity === 'info') return;
  // severities are one lower while a device learns
  if (f.severity === 'low' && !baseline.learning(f.device, f.tsUs)) return;
  baseline.suspect(f.device, f.tsUs, f.role === 'actor');
  if (f.peer !== null) baseline.suspect(f.peer.device, f.tsUs, false);
}

/** An incident that is still open is no time to learn; of several processes each collects its part of the rows. */
export function learningSettings({ baseline, verdict }: Settings, processes = 1): BaselineSettings {
  const quarantine_s = Math.max(baseline.quarantine_s, verdict.close_after_s);
  return { ...baseline, quarantine_s, min_rows: Math.ceil(baseline.min_rows / processes) };
}
