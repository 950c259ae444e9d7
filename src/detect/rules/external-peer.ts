import { LearnedSet, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

/** N07: first flow between a device and an address outside the site, for types not expected to talk outside. */
export function externalPeer(c: RuleContext): Rule {
  return {
    name: 'net.peer.external',
    flowOpened: (slot, view) => {
      for (let side = 0 as Side; side < 2; side++) {
        const device = c.device(slot, side);
        const far = (1 - side) as Side;
        if (device < 0 || c.isSite(slot, far) || c.isNowhere(slot, far)) continue;
        const novelty = c.learned.observe(LearnedSet.ExternalPeer, device, c.addressKey(slot, far), view.tsUs);
        if (novelty !== Novelty.New || c.profile(device)?.external === true) continue;
        const known = c.learned.size(LearnedSet.ExternalPeer, device);
        c.emit({
          scenario: 'net.peer.external',
          device,
          role: side === 0 ? 'actor' : 'victim',
          flow: slot,
          peerSide: far,
          tsUs: view.tsUs,
          reasons: [
            {
              observed: c.ip(slot, far),
              unit: 'address',
              text: `First contact ${side === 0 ? 'with' : 'by'} ${c.ip(slot, far)} port ${c.port(slot, 1)}, outside the site; ${known} outside addresses were learned for this device.`,
            },
          ],
        });
      }
    },
  };
}
