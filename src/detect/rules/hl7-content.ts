import { type AppEvent, fold32, type Hl7Message, LearnedSet, mix32, Novelty } from '../../core/index.js';
import type { Observed, RuleContext, Side } from './context.js';
import { judgedAt, judgedSide, linkOf, senderOf } from './hl7-names.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const HOUR_US = 3600e6;
const MINUTE_US = 60e6;
const REPEAT_US = 30e6;
/** Triggers that merge, move or swap patients and visits (HL7 v2 chapter 3, events A17, A18, A30, A34…A36, A39…A43, A46…A49). */
const MERGE = /^ADT_A(17|18|30|3[4-6]|39|4[0-367-9])$/;
const QUERY = /^(QRY_|QBP_|VXQ_|SPQ_|QCN_)/;
/** Images and reports travel as one long encapsulated segment (data type ED), so a segment may be most of a message. */
const LONG_SEGMENT = 1_048_576;

/** What the decoder says of a block, in words. */
const FRAMING: Readonly<Record<string, string>> = {
  fs_only: 'with FS alone at their end',
  fs_lf: 'with FS LF at their end',
  fs_nul: 'with FS NUL at their end',
  cr_ff: 'with CR FF at their end',
  no_end: 'without an end',
  raw: 'without a block',
  utf16: 'in text of two octets a character',
};

/** H05 merges, H09 infusion orders, H11 query enumeration, H13 oversized messages, H14 odd framing, H16 peers outside the site. */
export function hl7Content(c: RuleContext): Rule {
  const merges = new RecentKeys(c.settings.window_keys, () => new SumWindow(HOUR_US, 12));
  const queries = new RecentKeys(c.settings.window_keys, () => new SumWindow(MINUTE_US, 12));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const tell = (ev: Hl7Message, side: Side, link: number, scenario: string, reason: Observed): void => {
    if (!told.ready(fold32(c.textKey(scenario), link), ev.tsUs)) return;
    c.emit({ scenario, ...judgedAt(c, ev, side), flow: ev.flow, tsUs: ev.tsUs, reasons: [reason] });
  };

  const event = (any: AppEvent): void => {
    const ev = any as Hl7Message;
    const side = judgedSide(c, ev);
    if (side === -1) return;
    const device = c.device(ev.flow, side);
    const link = linkOf(c, ev);
    const type = c.learned.observe(LearnedSet.Hl7Type, device, mix32(fold32(link, ev.typeKey)), ev.tsUs);

    if (ev.messageType.startsWith('ADT') && MERGE.test(ev.messageType)) {
      const n = merges.touch(link).add(1, ev.tsUs);
      const usual = c.usualRate(device, c.keyOf('rate.merge', link), n, ev.tsUs);
      if (type === Novelty.New || (n >= c.settings.hl7_merges_per_hour && !usual)) {
        tell(ev, side, link, 'hl7.adt.merge', {
          observed: n,
          unit: 'messages/h',
          low: 0,
          high: c.settings.hl7_merges_per_hour - 1,
          text: `${senderOf(ev)} sent ${n} merge or move message(s) within an hour (${ev.messageType})${type === Novelty.New ? ', a type it never sent before' : ''}.`,
        });
      }
    }
    if (ev.messageType.charCodeAt(0) > 0x4f && QUERY.test(ev.messageType)) {
      const n = queries.touch(link).add(1, ev.tsUs);
      const usual = c.usualRate(device, c.keyOf('rate.query', link), n, ev.tsUs);
      if (n >= c.settings.hl7_queries_per_min && !usual) {
        tell(ev, side, link, 'hl7.query.enumeration', {
          observed: n,
          unit: 'queries/min',
          low: 0,
          high: c.settings.hl7_queries_per_min - 1,
          text: `${senderOf(ev)} sent ${n} queries within a minute; fewer than ${c.settings.hl7_queries_per_min} are expected.`,
        });
      }
    }
    const long = ev.longestSegment > LONG_SEGMENT && ev.longestSegment < ev.octets / 2;
    // a message of which only the beginning is read (`truncated`) is long, not endless: that has a weird of its own
    if (ev.octets > c.settings.hl7_message_octets || ev.segments > c.settings.hl7_segments || long) {
      tell(ev, side, link, 'hl7.message.oversize', {
        observed: ev.octets,
        unit: 'octets',
        low: 0,
        high: c.settings.hl7_message_octets,
        text: `A message of ${ev.octets} octets in ${ev.segments} segments; at most ${c.settings.hl7_message_octets} octets and ${c.settings.hl7_segments} segments are expected.`,
      });
    }
    if (ev.framing !== 'canonical') {
      const habit = c.habit(device, c.keyOf('framing', ev.framing, link), ev.tsUs);
      if (habit !== Novelty.Known) {
        const before = habit === Novelty.New;
        tell(ev, side, link, before ? 'hl7.framing.smuggling' : 'hl7.link.fault', {
          observed: ev.framing,
          unit: 'framing',
          text: `${senderOf(ev)} frames messages ${FRAMING[ev.framing] ?? ev.framing}${before ? ', which it never did before and receivers may read differently' : '; strict receivers refuse that'}.`,
        });
      }
    }
    if (ev.messageType === 'RGV_O15' && type === Novelty.New) {
      tell(ev, side, link, 'hl7.infusion.order', {
        observed: senderOf(ev),
        unit: 'sender',
        text: `${senderOf(ev)} at ${c.ip(ev.flow, ev.dir as Side)} orders an infusion (RGV^O15) and never did so before.`,
      });
    }
    if (!c.isSite(ev.flow, 0) || !c.isSite(ev.flow, 1)) {
      tell(ev, side, link, 'hl7.external', {
        observed: c.isSite(ev.flow, 0) ? c.ip(ev.flow, 1) : c.ip(ev.flow, 0),
        unit: 'address',
        text: `HL7 messages of ${senderOf(ev)} pass in clear between ${c.ip(ev.flow, 0)} and ${c.ip(ev.flow, 1)}, one of them outside the site.`,
      });
    }
  };
  return { name: 'hl7.adt.merge', kinds: ['hl7.message'], event };
}
