import { type AppEvent, type DicomAssociateRj, fold32 } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { DistinctRing, RecentKeys } from './windows.js';

const WINDOW_US = 60e6;
/** A-ASSOCIATE-RJ reasons of source 1 (PS3.8 table 9-21). */
const CALLING_NOT_RECOGNISED = 3;
const CALLED_NOT_RECOGNISED = 7;

/** D03: one host has several different AE titles rejected within a minute. The same wrong title again is a misconfiguration. */
export function dicomBruteForce(c: RuleContext): Rule {
  const tried = new RecentKeys(c.settings.window_keys, () => new DistinctRing(1024));
  const event = (any: AppEvent): void => {
    const ev = any as DicomAssociateRj;
    if (ev.source !== 1 || (ev.reason !== CALLING_NOT_RECOGNISED && ev.reason !== CALLED_NOT_RECOGNISED)) return;
    const serves = ev.dir as Side;
    const asks = (1 - ev.dir) as Side;
    const victim = c.device(ev.flow, serves);
    const guesser = c.device(ev.flow, asks);
    if (victim < 0 && guesser < 0) return;
    const link = fold32(c.addressKey(ev.flow, asks), c.addressKey(ev.flow, serves));
    const n = tried.touch(link).add(c.keyOf(ev.callingAe, ev.calledAe), ev.tsUs, WINDOW_US);
    if (n < c.settings.ae_guesses) return;
    c.emit({
      scenario: 'dicom.ae.brute_force',
      device: victim >= 0 ? victim : guesser,
      role: victim >= 0 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: victim >= 0 ? asks : serves,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: n,
          unit: 'AE titles',
          low: 0,
          high: c.settings.ae_guesses - 1,
          text: `${n} different pairs of AE titles from ${c.ip(ev.flow, asks)} were rejected as not recognised within a minute; fewer than ${c.settings.ae_guesses} are expected.`,
        },
      ],
    });
  };
  return { name: 'dicom.ae.brute_force', kinds: ['dicom.associate.rj'], event };
}
