import { formatTimeUs, type Verdict, type VerdictDraft } from '../core/index.js';

export interface Stamp {
  readonly seq: number;
  readonly bootId: string;
  /** Wall time of the hand-over, µs. */
  readonly issuedUs: number;
  /** Monotonic time of the hand-over, µs. */
  readonly nowUs: number;
}

/**
 * Completes a draft at the moment of hand-over. The deadline clock runs from the packet's kernel timestamp, on replay from its
 * entry into the pipeline; it is monotonic, so a wall clock that is set never gives a negative or absurd latency.
 */
export function finalise(draft: VerdictDraft, stamp: Stamp): { verdict: Verdict; latencyUs: number } {
  const { ageUs, builtUs } = draft.timing;
  const latencyUs = ageUs + Math.max(0, stamp.nowUs - builtUs);
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
