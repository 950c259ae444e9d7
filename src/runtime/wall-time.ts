import { type Device, formatTimeUs, type InventoryChanges, parseTimeUs, type VerdictDraft } from '../core/index.js';

// Event time goes on evenly when the wall clock is set (capture/clock.ts). What leaves the sensor process carries the times other
// clocks know: event time less the shift.

/** A verdict with the times of the wall clock. `shiftUs`: event time less wall time; 0 until the clock is set. */
export function draftInWallTime(draft: VerdictDraft, shiftUs: number): VerdictDraft {
  if (shiftUs === 0) return draft;
  const v = draft.verdict;
  const at = (text: string): string => formatTimeUs(parseTimeUs(text) - shiftUs);
  return {
    ...draft,
    observedUs: draft.observedUs - shiftUs,
    verdict: {
      ...v,
      observed_at: at(v.observed_at),
      incident: { ...v.incident, first_at: at(v.incident.first_at) },
    },
  };
}

/** Devices and conversations with the times of the wall clock. */
export function changesInWallTime(changes: InventoryChanges<Device>, shiftUs: number): InventoryChanges<Device> {
  if (shiftUs === 0) return changes;
  const moved = <T extends { firstUs: number; lastUs: number }>(x: T): T => ({
    ...x,
    firstUs: x.firstUs - shiftUs,
    lastUs: x.lastUs - shiftUs,
  });
  return { ...changes, devices: changes.devices.map(moved), conversations: changes.conversations.map(moved) };
}
