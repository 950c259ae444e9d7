import { fold32, LearnedSet } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const HOUR_US = 3600e6;
const REPEAT_US = 60e6;
/** Open flows are looked at this often, so that a long transfer is seen before it ends. */
const LOOK_US = 10e6;
const OPEN_MOST = 1024;

/**
 * Weight of the limit: inside, archives move images all day; outside, some types live on the web. To an outside peer never
 * met while learning the first bulk is told far earlier, most of all of devices that have no business outside.
 */
function share(outside: boolean, external: boolean, stranger: boolean): number {
  if (!outside) return 20;
  if (stranger) return external ? 0.5 : 0.05;
  return external ? 4 : 0.25;
}

/** N06: octets sent to one peer within an hour, above the limit and above what was learned. */
export function exfiltration(c: RuleContext): Rule {
  const sent = new RecentKeys(c.settings.window_keys, () => new SumWindow(HOUR_US, 12));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  /** Octets already counted of flows still open, by slot × 2 + side. */
  const open = new Map<number, { slot: number; gen: number; counted: [number, number] }>();
  let nextLookUs = Number.NEGATIVE_INFINITY;

  const account = (slot: number, counted: [number, number], tsUs: number): void => {
    for (let side = 0 as Side; side < 2; side++) {
      const device = c.device(slot, side);
      const now = c.columns.payload[2 * slot + side];
      const more = now - counted[side];
      counted[side] = now;
      const far = (1 - side) as Side;
      if (device < 0 || more <= 0 || c.isNowhere(slot, far)) continue;
      const peer = c.addressKey(slot, far);
      const pair = fold32(device, peer);
      const n = sent.touch(pair).add(more, tsUs);
      const outside = !c.isSite(slot, far);
      // magnitudes are learned over all peers: a new viewer that gets what others get is not unusual in volume
      const usual = c.usualRate(device, c.keyOf('rate.sent', outside ? 1 : 0), n, tsUs);
      const stranger = !c.learning(device, tsUs) && !c.learned.knows(LearnedSet.ExternalPeer, device, peer);
      const limit = c.settings.exfil_octets * share(outside, c.profile(device)?.external === true, stranger);
      if (n < limit || usual || !told.ready(pair, tsUs)) continue;
      c.emit({
        scenario: 'net.exfiltration',
        device,
        role: 'actor',
        flow: slot,
        peerSide: far,
        tsUs,
        bump: outside ? 0 : -1,
        reasons: [
          {
            observed: n,
            unit: 'octets/h',
            low: 0,
            high: limit,
            text: `${(n / 1e6).toFixed(1)} MB were sent to ${c.ip(slot, far)}${outside ? ', outside the site,' : ''} within an hour; ${(limit / 1e6).toFixed(1)} MB are unusual and no such volume was learned.`,
          },
        ],
      });
    }
  };

  return {
    name: 'net.exfiltration',
    flowOpened: (slot) => {
      if (open.size < OPEN_MOST || !open.has(slot)) {
        if (open.size >= OPEN_MOST) open.delete(open.keys().next().value as number);
        open.set(slot, { slot, gen: c.columns.gen[slot], counted: [0, 0] });
      }
    },
    flowClosed: (slot, _reason, tsUs) => {
      const o = open.get(slot);
      // a flow pushed out of the list is accounted whole when it ends
      account(slot, o === undefined || o.gen !== c.columns.gen[slot] ? [0, 0] : o.counted, tsUs);
      open.delete(slot);
    },
    tick: (nowUs) => {
      if (nowUs < nextLookUs) return;
      nextLookUs = nowUs + LOOK_US;
      for (const o of open.values()) if (c.columns.gen[o.slot] === o.gen) account(o.slot, o.counted, nowUs);
    },
  };
}
