import { type AppEvent, fold32, type Hl7Ack, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import { judgedSide } from './hl7-names.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const WINDOW_US = 60e6;
const REPEAT_US = 60e6;
/** Acknowledgements of nothing within a minute that are more than a leftover. */
const UNKNOWN = 3;
const AGAIN = 10;

/**
 * H15: acknowledgements of messages nobody sent. And, as a diagnosis of the link: a server that answers the same messages again
 * and again, which senders bear differently.
 */
export function hl7Acks(c: RuleContext): Rule {
  const links = new RecentKeys(c.settings.window_keys, () => ({
    unknown: new SumWindow(WINDOW_US, 12),
    again: new SumWindow(WINDOW_US, 12),
  }));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const event = (any: AppEvent): void => {
    const ev = any as Hl7Ack;
    if (ev.pairing !== 'unknown' && ev.pairing !== 'duplicate') return;
    const side = judgedSide(c, ev);
    if (side === -1) return;
    const device = c.device(ev.flow, side);
    const link = fold32(c.addressKey(ev.flow, ev.dir as Side), c.addressKey(ev.flow, (1 - ev.dir) as Side));
    const w = links.touch(link);
    const forged = ev.pairing === 'unknown';
    const n = (forged ? w.unknown : w.again).add(1, ev.tsUs);
    if (n < (forged ? UNKNOWN : AGAIN)) return;
    const habit = c.habit(device, c.keyOf(`ack.${ev.pairing}`, link), ev.tsUs);
    // a fault is told once, when it is learned or when it is new; a forgery only when it is new
    if (habit === Novelty.Known || (forged && habit !== Novelty.New)) return;
    if (!told.ready(fold32(link, forged ? 1 : 2), ev.tsUs)) return;
    const server = c.ip(ev.flow, ev.dir as Side);
    c.emit({
      scenario: forged ? 'hl7.ack.forged' : 'hl7.link.fault',
      device,
      role: forged ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: (1 - side) as Side,
      tsUs: ev.tsUs,
      key: ev.pairing,
      bump: forged ? -1 : 0,
      reasons: [
        {
          observed: n,
          unit: 'acks/min',
          low: 0,
          high: (forged ? UNKNOWN : AGAIN) - 1,
          text: forged
            ? `${n} acknowledgements from ${server} within a minute answer messages that were not sent.`
            : `${server} acknowledges messages again that it has acknowledged before (${n} within a minute); check its acknowledgement settings.`,
        },
      ],
    });
  };
  return { name: 'hl7.ack.forged', kinds: ['hl7.ack'], event };
}
