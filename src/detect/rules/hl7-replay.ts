import { type AppEvent, fold32, type Hl7Message, mix32, Novelty, RecentIds } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import { judgedAt, judgedSide } from './hl7-names.js';
import type { Rule } from './rule.js';

/** 53 bits of a control id (`hash53`) and the link it was used on. */
function idOnLink(control: number, link: number): number {
  const low = (control | 0) ^ link;
  const high = Math.floor(control / 4294967296) ^ (mix32(link) >>> 11);
  return high * 4294967296 + (low >>> 0);
}

/**
 * H04: the same control id (MSH-10) from the same sender tuple again. An equal message within the retry window is the
 * ordinary answer to a missing acknowledgement (HL7 v2 2.9.2); later, from another host or with another body, it is a
 * replay, unless the link did just that while it was learned.
 */
export function hl7Replay(c: RuleContext): Rule {
  // by link and control id: when it came first, with which body (first) and from which host (second)
  const seen = new RecentIds(c.settings.hl7_ids, 1024);
  const event = (any: AppEvent): void => {
    const ev = any as Hl7Message;
    if (ev.controlKey === 0) return;
    const side = judgedSide(c, ev);
    if (side === -1) return;
    const device = c.device(ev.flow, side);
    // the same message forwarded to another listener is no replay
    const link = mix32(fold32(ev.partiesKey, c.addressKey(ev.flow, (1 - ev.dir) as Side)));
    const host = c.addressKey(ev.flow, ev.dir as Side);
    const id = idOnLink(ev.controlKey, link);
    const i = seen.find(id);
    if (i < 0) {
      const row = seen.add(id);
      seen.us[row] = ev.tsUs;
      seen.first[row] = ev.bodyHash;
      seen.second[row] = host;
      return;
    }
    const ageS = (ev.tsUs - seen.us[i]) / 1e6;
    const sameBody = seen.first[i] === ev.bodyHash;
    const otherHost = seen.second[i] !== host;
    if (sameBody && !otherHost && ageS <= c.settings.hl7_retry_s) return;
    if (!sameBody) {
      seen.first[i] = ev.bodyHash;
      seen.us[i] = ev.tsUs;
    }
    const way = sameBody ? (otherHost ? 'hl7.id.hosts' : 'hl7.id.repeated') : 'hl7.id.reused';
    const habit = c.habit(device, c.keyOf(way, link), ev.tsUs);
    if (habit === Novelty.Known) return;
    c.emit({
      scenario: 'hl7.control_id.replayed',
      ...judgedAt(c, ev, side),
      flow: ev.flow,
      tsUs: ev.tsUs,
      // senders that count from one again are common: while they are learned it is a note, once a link
      bump: habit === Novelty.Learned ? -1 : 0,
      reasons: [
        {
          observed: Math.round(ageS * 1000) / 1000,
          unit: 's',
          low: 0,
          high: c.settings.hl7_retry_s,
          text: `A ${ev.messageType || 'message'} came again with a control id seen ${ageS.toFixed(1)} s before, with ${sameBody ? 'the same' : 'another'} content${otherHost ? ' and from another host' : ''}; retries are expected unchanged within ${c.settings.hl7_retry_s} s.`,
        },
      ],
    });
  };
  return { name: 'hl7.control_id.replayed', kinds: ['hl7.message'], event };
}
