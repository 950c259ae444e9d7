import { type AppEvent, fold32, type Hl7Message, type Hl7Odd, mix32, Novelty } from '../../core/index.js';
import type { RuleContext } from './context.js';
import { judgedBy, senderOf } from './hl7-names.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const REPEAT_US = 60e6;
const SCENARIO: Readonly<Record<Hl7Odd['what'], string>> = {
  'value.impossible': 'hl7.value.implausible',
  'value.frozen': 'hl7.value.implausible',
  'value.altered': 'hl7.value.tampering',
  'unit.changed': 'hl7.value.unit',
  'code.changed': 'hl7.value.unit',
  'order.rate': 'hl7.infusion.order',
  'order.dose': 'hl7.infusion.order',
  'alarm.conflict': 'hl7.alarm',
};
const WORDS: Readonly<Record<Hl7Odd['what'], string>> = {
  'value.impossible': 'has a value outside the hard limits',
  'value.frozen': 'stands still',
  'value.altered': 'changed on its way',
  'unit.changed': 'has a new unit',
  'code.changed': 'has a new code',
  'order.rate': 'orders an unusual rate',
  'order.dose': 'orders an unusual amount',
  'alarm.conflict': 'contradicts its alarm',
};

/**
 * H06 results that differ on two legs, H07 impossible and frozen values and flags that contradict their range, H08 exchanged units and
 * codes, H09 orders far from those before, H10 alarms that contradict themselves. What a link did while it was learned is its way of working. No reason holds a value: only which OBX and its code.
 */
export function hl7Values(c: RuleContext): Rule {
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const odd = (ev: Hl7Odd): void => {
    const who = judgedBy(c, ev);
    if (who === null) return;
    const link = mix32(fold32(ev.partiesKey, c.textKey(ev.code)));
    const novelty = c.habit(who.device, c.keyOf(ev.what, link), ev.tsUs);
    // impossible is impossible, also when it comes often
    if (novelty === Novelty.Known && ev.what !== 'value.impossible') return;
    if (novelty === Novelty.Learned && ev.what !== 'value.impossible' && ev.what !== 'value.altered') return;
    if (!told.ready(fold32(link, c.textKey(ev.what)), ev.tsUs)) return;
    const segment = ev.what.startsWith('order.') ? 'RXG' : 'OBX';
    const unsigned = ev.what === 'value.impossible' && !ev.signed;
    c.emit({
      scenario: SCENARIO[ev.what],
      ...who,
      flow: ev.flow,
      tsUs: ev.tsUs,
      key: `${ev.what}.${ev.code}`,
      bump: novelty === Novelty.Learned ? -1 : ev.what === 'value.frozen' ? -1 : 0,
      ...(unsigned ? { atMost: 'low' as const } : {}),
      reasons: [
        {
          observed: ev.index,
          unit: segment,
          text: `${segment} ${ev.index} (${ev.code}) of ${senderOf(ev)} ${WORDS[ev.what]}: ${ev.detail}${unsigned ? '; nobody of the site has signed these limits' : ''}.`,
        },
      ],
    });
  };

  const message = (ev: Hl7Message): void => {
    const n = ev.obxFlagMismatch ?? 0;
    if (n === 0) return;
    const who = judgedBy(c, ev);
    if (who === null || c.habit(who.device, c.keyOf('flag mismatch', ev.partiesKey), ev.tsUs) !== Novelty.New) return;
    if (!told.ready(fold32(ev.partiesKey, 1), ev.tsUs)) return;
    c.emit({
      scenario: 'hl7.value.implausible',
      ...who,
      flow: ev.flow,
      tsUs: ev.tsUs,
      key: 'flag',
      bump: -1,
      reasons: [
        {
          observed: n,
          unit: 'OBX',
          low: 0,
          high: 0,
          text: `${n} of ${ev.obxNumeric} values of ${senderOf(ev)} contradict their abnormal flag by their own reference range; this link never did that before.`,
        },
      ],
    });
  };

  return {
    name: 'hl7.value.implausible',
    kinds: ['hl7.odd', 'hl7.message'],
    event: (ev: AppEvent) => (ev.kind === 'hl7.odd' ? odd(ev) : message(ev as Hl7Message)),
  };
}
