import type { AppEvent, DicomAbort } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const WINDOW_US = 300e6;
const REPEAT_US = 30e6;

/**
 * D15, D16: associations that end badly at one server: abandoned without release (PS3.8 9.1.4), or aborted. Some devices
 * always do it, so a rate known from learning is usual.
 */
export function dicomEnds(c: RuleContext): Rule {
  const make = () => new RecentKeys(c.settings.window_keys, () => new SumWindow(WINDOW_US, 10));
  const aborts = make();
  const abandoned = make();
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const count = (
    ev: AppEvent,
    scenario: string,
    seen: typeof aborts,
    limit: number,
    words: string,
    asks: Side,
  ): void => {
    const serves = (1 - asks) as Side;
    const server = c.device(ev.flow, serves);
    const device = server >= 0 ? server : c.device(ev.flow, asks);
    if (device < 0) return;
    const n = seen.touch(device).add(1, ev.tsUs);
    const what = c.keyOf('rate', scenario);
    const usual = c.usualRate(device, what, n, ev.tsUs);
    if (n < limit || usual || !told.ready(c.keyOf(what, device), ev.tsUs)) return;
    c.emit({
      scenario,
      device,
      role: server >= 0 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: server >= 0 ? asks : serves,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: n,
          unit: 'associations/5 min',
          low: 0,
          high: limit - 1,
          text: `${n} associations were ${words} within five minutes, the newest by ${c.ip(ev.flow, asks)}; fewer than ${limit} are expected.`,
        },
      ],
    });
  };
  return {
    name: 'dicom.abort.storm',
    kinds: ['dicom.abort', 'dicom.unclean_close'],
    event: (ev) => {
      if (ev.kind === 'dicom.abort') {
        const by = (ev as DicomAbort).source;
        // the provider's own aborts and those of the user count alike; reason texts are in PS3.8 table 9-26
        if (by === 0 || by === 2) count(ev, 'dicom.abort.storm', aborts, c.settings.aborts, 'aborted', 0);
      } else count(ev, 'dicom.association.abandoned', abandoned, c.settings.abandoned, 'left without release', 0);
    },
  };
}
