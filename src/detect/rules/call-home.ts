import { Prefix } from '../../core/index.js';
import type { RuleContext } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const REPEAT_US = 60e6;
/** Addresses built into devices, from public advisories (Contec CMS8000 and rebrands: CISA ICSMA-25-030-01). */
const KNOWN: readonly { readonly prefix: string; readonly who: string }[] = [
  { prefix: '202.114.4.0/24', who: 'the address built into Contec CMS8000 patient monitors' },
];

/** N08: contact with an address known to be built into a device; needs no learning. */
export function callHome(c: RuleContext): Rule {
  const known = KNOWN.map((k) => ({ ...k, range: Prefix.parse(k.prefix)! }));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  return {
    name: 'net.call_home.known',
    flowOpened: (slot, view) => {
      const device = c.device(slot, 0);
      if (device < 0) return;
      const a = c.columns.addr;
      const i = slot * 8 + 4;
      for (const k of known) {
        if (!k.range.has(a[i], a[i + 1], a[i + 2], a[i + 3]) || !told.ready(device, view.tsUs)) continue;
        c.emit({
          scenario: 'net.call_home.known',
          device,
          role: 'actor',
          flow: slot,
          peerSide: 1,
          tsUs: view.tsUs,
          // known bad whatever the device: learning it does not make it better
          bump: c.learning(device, view.tsUs) ? 2 : 1,
          reasons: [
            {
              observed: c.ip(slot, 1),
              unit: 'address',
              text: `Contact with ${c.ip(slot, 1)} port ${c.port(slot, 1)}: ${k.who}.`,
            },
          ],
        });
      }
    },
  };
}
