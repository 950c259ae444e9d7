import { formatTimeUs, type Verdict, type VerdictDraft } from '../core/index.js';

export interface Stamp {
  readonly seq: number;
  readonly bootId: string;
  /** Wall time of the hand-over, µs. */
  readonly issuedUs: number;
}

/**
 * Completes a draft at the moment of hand-over. Live, the deadline clock runs from the packet's kernel timestamp; on replay
 * from the wall time at which it entered the pipeline. A wall clock that stepped back never gives a negative latency.
 */
export function finalise(draft: VerdictDraft, stamp: Stamp): { verdict: Verdict; latencyUs: number } {
  const since = draft.live ? draft.observedUs : draft.enteredUs;
  const latencyUs = Math.max(0, stamp.issuedUs - since);
  const latency_ms = Math.round(latencyUs) / 1000;
  const verdict: Verdict = Object.freeze({
    ...draft.verdict,
    seq: stamp.seq,
    boot_id: stamp.bootId,
    issued_at: formatTimeUs(draft.live ? stamp.issuedUs : draft.observedUs + latencyUs),
    latency_ms,
    within_budget: latency_ms <= draft.verdict.budget_ms,
  });
  return { verdict, latencyUs };
}
