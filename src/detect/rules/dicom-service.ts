import { type AppEvent, type DicomCommand, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

const WORKLIST = '1.2.840.10008.5.1.4.31';
/** Film sessions are deleted after printing as a matter of course (PS3.4 H). */
const PRINT = '1.2.840.10008.5.1.1.';

/** D19: a worklist asked at a server this device never asked. D20: deletion commands from a host that never gave any. */
export function dicomService(c: RuleContext): Rule {
  const event = (any: AppEvent): void => {
    const ev = any as DicomCommand;
    const asks = ev.dir as Side;
    const serves = (1 - ev.dir) as Side;
    if (ev.name === 'C-FIND-RQ' && ev.sopClass === WORKLIST) {
      const client = c.device(ev.flow, asks);
      const where = c.keyOf('worklist', c.addressKey(ev.flow, serves));
      if (c.habit(client, where, ev.tsUs) !== Novelty.New) return;
      c.emit({
        scenario: 'dicom.worklist.rogue',
        device: client,
        role: 'victim',
        flow: ev.flow,
        peerSide: serves,
        tsUs: ev.tsUs,
        reasons: [
          {
            observed: c.ip(ev.flow, serves),
            unit: 'address',
            text: `The worklist is asked at ${c.ip(ev.flow, serves)}, which this device never asked while it was learned.`,
          },
        ],
      });
    } else if (ev.name === 'N-DELETE-RQ' && !ev.sopClass.startsWith(PRINT)) {
      const server = c.device(ev.flow, serves);
      const device = server >= 0 ? server : c.device(ev.flow, asks);
      if (device < 0 || c.habit(device, c.keyOf('n-delete', c.addressKey(ev.flow, asks)), ev.tsUs) === Novelty.Known)
        return;
      c.emit({
        scenario: 'dicom.delete',
        device,
        role: server >= 0 ? 'victim' : 'actor',
        flow: ev.flow,
        peerSide: server >= 0 ? asks : serves,
        tsUs: ev.tsUs,
        reasons: [
          {
            observed: ev.name,
            unit: 'command',
            text: `${c.ip(ev.flow, asks)} (AE ${ev.callingAe || 'unknown'}) orders a deletion; it was not seen to do so before.`,
          },
        ],
      });
    }
  };
  return { name: 'dicom.delete', kinds: ['dicom.command'], event };
}
