import { type AppEvent, type Hl7Message, LearnedSet, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import { linkOf, senderOf } from './hl7-names.js';
import type { Rule } from './rule.js';

/** H01, H02: who sends (MSH-3, MSH-4; HL7 v2 chapter 2), judged at the listener. */
export function hl7Sender(c: RuleContext): Rule {
  const event = (any: AppEvent): void => {
    const ev = any as Hl7Message;
    const sends = ev.dir as Side;
    const listener = c.device(ev.flow, (1 - ev.dir) as Side);
    if (listener < 0) return;
    const who = c.learned.observe(LearnedSet.Hl7Sender, listener, ev.senderKey, ev.tsUs);
    const where = c.learned.observe(LearnedSet.Hl7SenderHost, listener, linkOf(c, ev), ev.tsUs);
    if (who !== Novelty.New && where !== Novelty.New) return;
    const name = senderOf(ev);
    const unknown = who === Novelty.New;
    const known = c.learned.size(LearnedSet.Hl7Sender, listener);
    c.emit({
      scenario: unknown ? 'hl7.sender.unknown' : 'hl7.sender.wrong_host',
      device: listener,
      role: 'victim',
      flow: ev.flow,
      peerSide: sends,
      tsUs: ev.tsUs,
      key: name,
      reasons: [
        unknown
          ? {
              observed: name,
              unit: 'sender',
              text: `Sender ${name} at ${c.ip(ev.flow, sends)} was never seen at this listener; ${known} senders were learned.`,
            }
          : {
              observed: c.ip(ev.flow, sends),
              unit: 'address',
              text: `Sender ${name} is known here, but never sent from ${c.ip(ev.flow, sends)}.`,
            },
      ],
    });
  };
  return { name: 'hl7.sender.unknown', kinds: ['hl7.message'], event };
}
