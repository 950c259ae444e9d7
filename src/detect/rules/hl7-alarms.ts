import type { AppEvent, Hl7Message } from '../../core/index.js';
import type { RuleContext } from './context.js';
import { judgedBy, judgedSide, linkOf, senderOf } from './hl7-names.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const MINUTE_US = 60e6;
const REPEAT_US = 60e6;
/** Alarms of a sender that must have come before their absence means something. */
const KNOWN = 20;
const GAPS = 20;
const SILENT_US = 3600e6;

/** Alerts (IHE PCD-04, ORU^R40) of one sender at one address. */
class Alarms {
  readonly newest = new SumWindow(MINUTE_US, 12);
  count = 0;
  lastUs = Number.NaN;
  meanGapUs = 0;
  missing = false;

  came(tsUs: number): void {
    if (!Number.isNaN(this.lastUs)) this.meanGapUs += (tsUs - this.lastUs - this.meanGapUs) / Math.min(this.count, 100);
    this.lastUs = tsUs;
    this.count++;
    this.missing = false;
  }

  /** Waited far longer than usual, µs; 0 not. */
  overdue(tsUs: number): number {
    const waited = tsUs - this.lastUs;
    return this.count >= KNOWN && waited > Math.max(SILENT_US, GAPS * this.meanGapUs) ? waited : 0;
  }
}

/** H10: a flood of alarms, and alarms that no longer come while the same sender's observations (PCD-01, ORU^R01) go on. */
export function hl7Alarms(c: RuleContext): Rule {
  const senders = new RecentKeys(c.settings.window_keys, () => new Alarms());
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const say = (ev: Hl7Message, key: string, observed: number, unit: string, high: number, text: string): void => {
    const who = judgedBy(c, ev);
    if (who === null) return;
    const reasons = [{ observed, unit, low: 0, high, text }];
    c.emit({ scenario: 'hl7.alarm', ...who, flow: ev.flow, tsUs: ev.tsUs, key, reasons });
  };
  const event = (any: AppEvent): void => {
    const ev = any as Hl7Message;
    const alarm = ev.messageType === 'ORU_R40';
    if (!alarm && ev.messageType !== 'ORU_R01') return;
    const link = linkOf(c, ev);
    if (!alarm) {
      const a = senders.peek(link);
      const waited = a === undefined || a.missing ? 0 : a.overdue(ev.tsUs);
      if (a === undefined || waited === 0) return;
      a.missing = true;
      const usual = Math.round(a.meanGapUs / 60e6);
      const text = `${senderOf(ev)} goes on sending observations, but no alarm for ${Math.round(waited / 60e6)} min; one in ${usual} min is usual.`;
      return say(ev, 'missing', Math.round(waited / 60e6), 'min', Math.max(60, GAPS * usual), text);
    }
    const a = senders.touch(link);
    a.came(ev.tsUs);
    const n = a.newest.add(1, ev.tsUs);
    const limit = c.settings.hl7_alarms_per_min;
    const side = judgedSide(c, ev);
    if (side === -1) return;
    const usual = c.usualRate(c.device(ev.flow, side), c.keyOf('rate.alarm', link), n, ev.tsUs);
    if (n < limit || usual || !told.ready(link, ev.tsUs)) return;
    const text = `${n} alarms of ${senderOf(ev)} within a minute; fewer than ${limit} are expected.`;
    say(ev, 'flood', n, 'alarms/min', limit - 1, text);
  };
  return { name: 'hl7.alarm', kinds: ['hl7.message'], event };
}
