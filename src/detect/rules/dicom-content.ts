import { type AppEvent, type DicomDataset, fold32 } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const DAY_US = 86_400e6;
const REPEAT_US = 1e6;

/** D08: data sets in clear to or from outside the site, once a pair and day. D09: executable code in a private element. */
export function dicomContent(c: RuleContext): Rule {
  const daily = new Cooldown(DAY_US, c.settings.window_keys);
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const event = (any: AppEvent): void => {
    const ev = any as DicomDataset;
    const sends = ev.dir as Side;
    const takes = (1 - ev.dir) as Side;
    const outside = !c.isSite(ev.flow, 0) || !c.isSite(ev.flow, 1);
    if (outside && ev.octets > 0) {
      const side = c.device(ev.flow, 0) >= 0 ? 0 : 1;
      const device = c.device(ev.flow, side);
      const pair = fold32(c.addressKey(ev.flow, 0), c.addressKey(ev.flow, 1));
      if (device >= 0 && daily.ready(pair, ev.tsUs)) {
        c.emit({
          scenario: 'dicom.cleartext.external',
          device,
          role: 'actor',
          flow: ev.flow,
          peerSide: (1 - side) as Side,
          tsUs: ev.tsUs,
          reasons: [
            {
              observed: ev.octets,
              unit: 'octets',
              text: `A data set of ${ev.octets} octets passed unencrypted between ${c.ip(ev.flow, 0)} and ${c.ip(ev.flow, 1)}, one of them outside the site.`,
            },
          ],
        });
      }
    }
    if (!ev.executable) return;
    const victim = c.device(ev.flow, takes);
    const device = victim >= 0 ? victim : c.device(ev.flow, sends);
    if (device < 0 || !told.ready(fold32(c.columns.gen[ev.flow], ev.flow), ev.tsUs)) return;
    c.emit({
      scenario: 'dicom.dataset.executable',
      device,
      role: victim >= 0 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: victim >= 0 ? sends : takes,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: ev.command,
          unit: 'command',
          text: `A data set of ${ev.command} from ${c.ip(ev.flow, sends)} carries executable code in a private element (${ev.octets} octets).`,
        },
      ],
    });
  };
  return { name: 'dicom.dataset.executable', kinds: ['dicom.dataset'], event };
}
