import { type AppEvent, FlowMark, fold32, type Hl7Message, Novelty } from '../../core/index.js';
import type { RuleContext } from './context.js';
import { judgedBy, linkOf, senderOf } from './hl7-names.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const REPEAT_US = 30e6;
/** Bit of `Hl7Message.breaks`: its control id does not count up. */
const COUNTING = 2;
/** Bits of `Hl7Message.breaks` in words. */
const WORDS = [
  'the form of its control ids',
  'the counting of its control ids',
  'the clock of its time stamps',
] as const;

/**
 * H03: a message inside a connection that breaks what this side of it has kept to: form and counting of MSH-10, clock of MSH-7. One
 * broken habit may be the sender's own; several at once are somebody else. What a link did while it was learned is not told.
 */
export function hl7Injection(c: RuleContext): Rule {
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const event = (any: AppEvent): void => {
    const ev = any as Hl7Message;
    const breaks = ev.breaks ?? 0;
    if (breaks === 0) return;
    const who = judgedBy(c, ev);
    if (who === null) return;
    // where messages are missing, a counter that jumps is the sensor's loss
    const blind = (c.columns.marks[ev.flow] & (FlowMark.Gap | FlowMark.UnseenOut | FlowMark.UnseenBack)) !== 0;
    if (blind && breaks === COUNTING) return;
    const link = linkOf(c, ev);
    if (c.habit(who.device, c.keyOf('breaks', breaks, link), ev.tsUs) !== Novelty.New) return;
    if (!told.ready(fold32(link, breaks), ev.tsUs)) return;
    const words = WORDS.filter((_, i) => breaks & (1 << i));
    c.emit({
      scenario: 'hl7.injection',
      ...who,
      flow: ev.flow,
      tsUs: ev.tsUs,
      bump: words.length > 1 ? 0 : -2,
      reasons: [
        {
          observed: words.length,
          unit: 'habits',
          low: 0,
          high: 0,
          text: `A ${ev.messageType || 'message'} in the name of ${senderOf(ev)} breaks ${words.join(' and ')} that this connection has kept to.`,
        },
      ],
    });
  };
  return { name: 'hl7.injection', kinds: ['hl7.message'], event };
}
