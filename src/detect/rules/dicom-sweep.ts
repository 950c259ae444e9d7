import { type AppEvent, type DicomAssociateRq, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { DistinctRing, RecentKeys } from './windows.js';

const WINDOW_US = 600e6;
/** Verification SOP class (PS3.4 A.4). */
const VERIFICATION = '1.2.840.10008.1.1';

/** D04: associations that offer nothing but verification, to several servers in ten minutes. */
export function dicomSweep(c: RuleContext): Rule {
  const asked = new RecentKeys(c.settings.window_keys, () => new DistinctRing(256));
  const event = (any: AppEvent): void => {
    const ev = any as DicomAssociateRq;
    if (ev.abstractSyntaxes.length !== 1 || ev.abstractSyntaxes[0] !== VERIFICATION) return;
    const asks = ev.dir as Side;
    const serves = (1 - ev.dir) as Side;
    const n = asked.touch(c.addressKey(ev.flow, asks)).add(c.addressKey(ev.flow, serves), ev.tsUs, WINDOW_US);
    if (n < c.settings.echo_sweep_hosts) return;
    const actor = c.device(ev.flow, asks);
    const device = actor >= 0 ? actor : c.device(ev.flow, serves);
    if (device < 0) return;
    // an administrator's station that checks its servers while learning goes on doing so
    if (c.habit(device, c.keyOf('echo.sweep', c.addressKey(ev.flow, asks)), ev.tsUs) === Novelty.Known) return;
    c.emit({
      scenario: 'dicom.echo.sweep',
      device,
      role: actor >= 0 ? 'actor' : 'victim',
      flow: ev.flow,
      peerSide: actor >= 0 ? serves : asks,
      peer: actor >= 0 ? null : undefined,
      also: c.device(ev.flow, serves),
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: n,
          unit: 'servers',
          low: 0,
          high: c.settings.echo_sweep_hosts - 1,
          text: `${c.ip(ev.flow, asks)} asked ${n} servers within ten minutes for verification only; fewer than ${c.settings.echo_sweep_hosts} are expected.`,
        },
      ],
    });
  };
  return { name: 'dicom.echo.sweep', kinds: ['dicom.associate.rq'], event };
}
