import { type AppEvent, fold32, type Hl7Ack, type Hl7Message } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import { judgedSide } from './hl7-names.js';
import type { Rule } from './rule.js';
import { Cooldown, Rate, RecentKeys, SumWindow } from './windows.js';

const FLOOD_US = 10e6;
const ACK_US = 60e6;
const REPEAT_US = 10e6;
const NEGATIVE: readonly string[] = ['AE', 'AR', 'CE', 'CR'];
const RATE = 'rate.hl7';
const NAK_RATE = 'rate.nak';
/** Time before the newest ten seconds that a jump is told by. */
const BEFORE_US = 60e6;

/** H12: messages at one listener within ten seconds. H15: bursts of negative acknowledgements, half of all on the link. */
export function hl7Rates(c: RuleContext): Rule {
  const listeners = new RecentKeys(c.settings.window_keys, () => new Rate(FLOOD_US, BEFORE_US));
  const rate = c.keyOf(RATE);
  const acks = new RecentKeys(c.settings.window_keys, () => ({
    all: new SumWindow(ACK_US, 12),
    bad: new SumWindow(ACK_US, 12),
  }));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const message = (ev: Hl7Message): void => {
    const sends = ev.dir as Side;
    const listener = c.device(ev.flow, (1 - ev.dir) as Side);
    if (listener < 0) return;
    const l = listeners.touch(listener);
    const n = l.add(ev.tsUs);
    const usual = c.usualRate(listener, rate, n, ev.tsUs);
    if (n < c.settings.hl7_messages_per_10s || usual) return;
    if (c.learning(listener, ev.tsUs) && !l.jumped(ev.tsUs)) return;
    if (!told.ready(listener, ev.tsUs)) return;
    c.emit({
      scenario: 'hl7.flood',
      device: listener,
      role: 'victim',
      flow: ev.flow,
      peerSide: sends,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: n,
          unit: 'messages/10 s',
          low: 0,
          high: c.settings.hl7_messages_per_10s - 1,
          text: `${n} messages within ten seconds, the newest from ${c.ip(ev.flow, sends)}; ${c.settings.hl7_messages_per_10s} are a flood and no such rate was learned.`,
        },
      ],
    });
  };

  const ack = (ev: Hl7Ack): void => {
    const link = fold32(c.addressKey(ev.flow, 0), c.addressKey(ev.flow, 1));
    const a = acks.touch(link);
    const bad = a.bad.add(NEGATIVE.includes(ev.code) ? 1 : 0, ev.tsUs);
    const all = a.all.add(1, ev.tsUs);
    const side = judgedSide(c, ev);
    if (side === -1) return;
    const device = c.device(ev.flow, side);
    const usual = bad > 0 && c.usualRate(device, c.keyOf(NAK_RATE, link), bad, ev.tsUs);
    if (bad < c.settings.hl7_negative_acks || bad * 2 < all || usual || !told.ready(fold32(link, 1), ev.tsUs)) return;
    c.emit({
      scenario: 'hl7.ack.forged',
      device,
      role: 'victim',
      flow: ev.flow,
      peerSide: (1 - side) as Side,
      tsUs: ev.tsUs,
      bump: -1,
      reasons: [
        {
          observed: bad,
          unit: 'acks/min',
          low: 0,
          high: c.settings.hl7_negative_acks - 1,
          text: `${bad} of ${all} acknowledgements within a minute were negative (${ev.code} last); fewer than ${c.settings.hl7_negative_acks} are expected.`,
        },
      ],
    });
  };
  return {
    name: 'hl7.flood',
    kinds: ['hl7.message', 'hl7.ack'],
    event: (ev: AppEvent) => (ev.kind === 'hl7.message' ? message(ev) : ack(ev as Hl7Ack)),
  };
}
