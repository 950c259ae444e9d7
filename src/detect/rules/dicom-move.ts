import { type AppEvent, type DicomCommand, LearnedSet, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

/** D06: C-MOVE (PS3.7 9.1.4) that sends objects to an AE title this requester never sent any to. */
export function dicomMove(c: RuleContext): Rule {
  const event = (any: AppEvent): void => {
    const ev = any as DicomCommand;
    if (ev.name !== 'C-MOVE-RQ' || ev.moveDestination === '') return;
    const asks = ev.dir as Side;
    const server = c.device(ev.flow, (1 - ev.dir) as Side);
    if (server < 0) return;
    const key = c.keyOf(ev.callingAe, ev.moveDestination);
    if (c.learned.observe(LearnedSet.MoveDestination, server, key, ev.tsUs) !== Novelty.New) return;
    const known = c.learned.size(LearnedSet.MoveDestination, server);
    c.emit({
      scenario: 'dicom.move.destination',
      device: server,
      role: 'victim',
      flow: ev.flow,
      peerSide: asks,
      tsUs: ev.tsUs,
      key: ev.moveDestination,
      reasons: [
        {
          observed: ev.moveDestination,
          unit: 'AE title',
          text: `AE ${ev.callingAe || 'unknown'} at ${c.ip(ev.flow, asks)} has objects moved to ${ev.moveDestination}, which it never did before; ${known} pairs of requester and destination were learned.`,
        },
      ],
    });
  };
  return { name: 'dicom.move.destination', kinds: ['dicom.command'], event };
}
