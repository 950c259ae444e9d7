import { type AppEvent, type DicomCommand, type DicomDataset, fold32 } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { RecentKeys } from './windows.js';

/** Lengths may differ by this share when the transfer syntax is the same: headers are rewritten on the way. */
const SAME_SHARE = 0.01;

/**
 * D18: an object that was stored already is stored again with another length by another host. Forwarding by the archive
 * itself goes to another server and is not counted.
 */
export function dicomStore(c: RuleContext): Rule {
  const stored = new RecentKeys(c.settings.hl7_ids, () => ({ octets: -1, from: 0, syntax: '' }));
  const current = new RecentKeys(c.settings.window_keys, () => ({ messageId: -1, token: '' }));
  const command = (ev: DicomCommand): void => {
    if (ev.name !== 'C-STORE-RQ') return;
    const now = current.touch(fold32(c.columns.gen[ev.flow], ev.flow));
    now.messageId = ev.messageId;
    now.token = ev.instanceToken;
  };
  const dataset = (ev: DicomDataset): void => {
    const now = current.peek(fold32(c.columns.gen[ev.flow], ev.flow));
    if (ev.command !== 'C-STORE-RQ' || now === undefined || now.messageId !== ev.messageId || now.token === '') return;
    const sends = ev.dir as Side;
    const takes = (1 - ev.dir) as Side;
    const from = c.addressKey(ev.flow, sends);
    const have = stored.touch(c.keyOf(now.token, c.addressKey(ev.flow, takes)));
    const changed =
      have.octets >= 0 &&
      have.from !== from &&
      have.syntax === ev.transferSyntax &&
      Math.abs(have.octets - ev.octets) > SAME_SHARE * have.octets;
    const before = have.octets;
    have.octets = ev.octets;
    have.from = from;
    have.syntax = ev.transferSyntax;
    const victim = c.device(ev.flow, takes);
    if (!changed || victim < 0) return;
    c.emit({
      scenario: 'dicom.store.overwrite',
      device: victim,
      role: 'victim',
      flow: ev.flow,
      peerSide: sends,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: ev.octets,
          unit: 'octets',
          low: before,
          high: before,
          text: `An object stored before with ${before} octets was stored again with ${ev.octets} octets by another host, ${c.ip(ev.flow, sends)}.`,
        },
      ],
    });
  };
  return {
    name: 'dicom.store.overwrite',
    kinds: ['dicom.command', 'dicom.dataset'],
    event: (ev: AppEvent) => (ev.kind === 'dicom.command' ? command(ev) : dataset(ev as DicomDataset)),
  };
}
