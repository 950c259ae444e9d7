import type { DetectSettings } from '../settings.js';

const WEEK_S = 604_800;
/** A device is scored about once a second. */
const SCORE_INTERVAL_S = 1;
/**
 * How independent neighbouring scorings are taken to be, 0 not at all, 1 fully: windows overlap for a minute, so a rare
 * one is mostly followed by others.
 */
const INDEPENDENCE = 0.25;

/**
 * The p-value below which a scoring counts as odd, from the alert budget: with `need` of `of` scorings asked for, a week
 * holds WEEK / of chances, and a chance is taken with probability p^(1 + (need − 1) × INDEPENDENCE).
 */
export function thresholdP(s: DetectSettings): number {
  if (s.threshold_p > 0) return s.threshold_p;
  const chances = WEEK_S / SCORE_INTERVAL_S / Math.max(s.persist_of, s.persist_need);
  const perChance = s.alerts_per_device_per_week / chances;
  const p = perChance ** (1 / (1 + (Math.min(s.persist_need, s.persist_of) - 1) * INDEPENDENCE));
  return Math.min(0.05, p);
}
