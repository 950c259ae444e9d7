import { fold32, LearnedSet } from '../../core/index.js';
import type { RuleContext } from './context.js';
import type { Rule } from './rule.js';
import { RecentKeys } from './windows.js';

/** Intervals outside this range, seconds, are neither a beacon nor its absence. */
const LEAST_S = 0.5;
const MOST_S = 3600;

interface Rhythm {
  lastUs: number;
  n: number;
  mean: number;
  m2: number;
  told: boolean;
}

/**
 * N05: connections to one outside address at even intervals (Welford's running variance over the newest intervals). Only
 * outside addresses, and only where the device's type is not known to talk outside or the address is new.
 */
export function beacon(c: RuleContext): Rule {
  const rhythms = new RecentKeys<Rhythm>(c.settings.window_keys, () => ({
    lastUs: Number.NaN,
    n: 0,
    mean: 0,
    m2: 0,
    told: false,
  }));
  return {
    name: 'net.beacon',
    flowOpened: (slot, view) => {
      const device = c.device(slot, 0);
      if (device < 0 || c.isSite(slot, 1) || c.isNowhere(slot, 1)) return;
      const far = c.addressKey(slot, 1);
      const what = c.keyOf('beacon', far, c.port(slot, 1));
      const r = rhythms.touch(fold32(device, what));
      const gapS = (view.tsUs - r.lastUs) / 1e6;
      // several connections at once are one call
      if (gapS < LEAST_S) return;
      r.lastUs = view.tsUs;
      if (!(gapS <= MOST_S)) {
        r.n = 0;
        r.mean = 0;
        r.m2 = 0;
        return;
      }
      r.n++;
      const d = gapS - r.mean;
      r.mean += d / r.n;
      r.m2 += d * (gapS - r.mean);
      const jitter = Math.sqrt(r.m2 / r.n) / r.mean;
      const even = r.n >= c.settings.beacon_opens - 1 && jitter <= c.settings.beacon_jitter;
      if (r.n > 64) {
        // forget slowly, so that a rhythm that starts late is still seen
        r.n = 32;
        r.m2 /= 2;
      }
      // vendors' own telemetry is even too: an address called while learning is known
      if (!even || r.told || c.learning(device, view.tsUs) || c.learned.knows(LearnedSet.ExternalPeer, device, far))
        return;
      r.told = true;
      c.emit({
        scenario: 'net.beacon',
        device,
        role: 'actor',
        flow: slot,
        peerSide: 1,
        tsUs: view.tsUs,
        bump: c.profile(device)?.external === true ? -1 : 0,
        reasons: [
          {
            observed: Math.round(jitter * 1000) / 1000,
            unit: 'ratio',
            low: c.settings.beacon_jitter,
            high: null,
            text: `${r.n + 1} connections to ${c.ip(slot, 1)} port ${c.port(slot, 1)} every ${r.mean.toFixed(1)} s, with a spread of ${(jitter * 100).toFixed(1)} %; people and services are less even.`,
          },
        ],
      });
    },
  };
}
