import { type AppEvent, type DicomAssociateRq, LearnedSet, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

/**
 * D01, D02: who calls (PS3.8 table 9-11, calling AE title). Judged at the acceptor: the pair of titles must be known
 * there, and the calling title must come from a host it has come from before.
 */
export function dicomAe(c: RuleContext): Rule {
  const event = (any: AppEvent): void => {
    const ev = any as DicomAssociateRq;
    const asks = ev.dir as Side;
    const serves = (1 - ev.dir) as Side;
    const acceptor = c.device(ev.flow, serves);
    // what a client asked the archive for may come from it under any title
    if (acceptor < 0 || (ev.follows ?? '') !== '') return;
    const pair = c.keyOf(ev.callingAe, ev.calledAe);
    const who = c.learned.observe(LearnedSet.CallingAe, acceptor, pair, ev.tsUs);
    const host = c.addressKey(ev.flow, asks);
    const where = c.learned.observe(LearnedSet.CallingAeHost, acceptor, c.keyOf(ev.callingAe, host), ev.tsUs);
    const known = c.learned.size(LearnedSet.CallingAe, acceptor);
    if (who === Novelty.New) {
      c.emit({
        scenario: 'dicom.ae.unknown',
        device: acceptor,
        role: 'victim',
        flow: ev.flow,
        peerSide: asks,
        tsUs: ev.tsUs,
        key: ev.callingAe,
        reasons: [
          {
            observed: ev.callingAe,
            unit: 'AE title',
            text: `Calling AE ${ev.callingAe} at ${c.ip(ev.flow, asks)} has never called AE ${ev.calledAe} here; ${known} pairs of AE titles were learned.`,
          },
        ],
      });
    } else if (where === Novelty.New) {
      c.emit({
        scenario: 'dicom.ae.wrong_host',
        device: acceptor,
        role: 'victim',
        flow: ev.flow,
        peerSide: asks,
        tsUs: ev.tsUs,
        key: ev.callingAe,
        reasons: [
          {
            observed: c.ip(ev.flow, asks),
            unit: 'address',
            text: `Calling AE ${ev.callingAe} is known here, but never came from ${c.ip(ev.flow, asks)} (implementation ${ev.implementationVersion || 'unnamed'}).`,
          },
        ],
      });
    }
  };
  return { name: 'dicom.ae.unknown', kinds: ['dicom.associate.rq'], event };
}
