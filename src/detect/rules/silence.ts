import type { RuleContext } from './context.js';
import type { Rule } from './rule.js';

/** Of a longer pause between two ticks only this much counts as silence: the rest may be the sensor's own blindness. */
const BLIND_US = 5e6;
/** Silence must exceed the longest learned gap by this factor. */
const LONGER = 3;

/**
 * N14: a device that went silent: no packet for its type's `silence_s`, and for three times the longest gap it made while
 * it was learned. Only types whose profile asks for it. Time in which nobody sent anything is not counted: then it is the
 * sensor that is blind. Nor is time in which the sensor doubts its own sight; who is still silent some time after that is told then.
 */
export function silence(c: RuleContext): Rule {
  let quiet = new Float64Array(256);
  let last = new Float64Array(256).fill(Number.NaN);
  let longest = new Float64Array(256);
  let told = new Uint8Array(256);
  let prevUs = Number.NaN;
  let heard = false;
  let blind = false;
  const heldS = c.counters.define(
    'counter',
    'wardwire_silence_held_seconds_total',
    'Time in which silence of devices was not judged because the sensor doubted its own sight.',
  );

  const grow = (n: number): void => {
    const size = Math.max(n, quiet.length * 2);
    const copy = <T extends Float64Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    quiet = copy(quiet, new Float64Array(size));
    last = copy(last, new Float64Array(size).fill(Number.NaN));
    longest = copy(longest, new Float64Array(size));
    told = copy(told, new Uint8Array(size));
  };

  const one = (d: number, passedUs: number, nowUs: number): void => {
    const limitS = c.profile(d)?.silenceS ?? 0;
    const seen = c.directory.lastUs(d);
    if (limitS === 0 || Number.isNaN(seen)) return;
    if (seen !== last[d]) {
      // heard again: the gap that ended belongs to what is normal while it is learned
      if (c.learning(d, nowUs) && quiet[d] > longest[d]) longest[d] = quiet[d];
      last[d] = seen;
      quiet[d] = 0;
      told[d] = 0;
      return;
    }
    quiet[d] += passedUs;
    const limitUs = Math.max(limitS * 1e6, LONGER * longest[d]);
    if (told[d] !== 0 || quiet[d] <= limitUs || c.learning(d, nowUs)) return;
    told[d] = 1;
    c.emit({
      scenario: 'device.silent',
      device: d,
      role: 'victim',
      flow: -1,
      peer: null,
      tsUs: nowUs,
      reasons: [
        {
          observed: Math.round(quiet[d] / 1e6),
          unit: 's',
          low: 0,
          high: limitUs / 1e6,
          text: `No packet for ${Math.round(quiet[d] / 1e6)} s while others on the network were heard; at most ${Math.round(limitUs / 1e6)} s are expected of this device.`,
        },
      ],
    });
  };

  return {
    name: 'device.silent',
    packet: () => {
      heard = true;
    },
    tick: (nowUs) => {
      const passed = nowUs - prevUs;
      prevUs = nowUs;
      // a step back, or a time in which nobody was heard, tells nothing about the devices
      if (!(passed > 0) || !heard) return;
      heard = false;
      const n = c.directory.size;
      if (n > quiet.length) grow(n);
      if (c.blind()) {
        blind = true;
        c.counters.values[heldS] += passed / 1e6;
        return;
      }
      if (blind) {
        // whoever was silent before gets the time of a silence to be heard again
        blind = false;
        quiet.fill(0);
        return;
      }
      for (let d = 0; d < n; d++) one(d, Math.min(passed, BLIND_US), nowUs);
    },
  };
}
