import { APP_PROTO_NAMES, type AppEvent, AppProto, Novelty, type ServiceSeen } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

const CLEARTEXT: readonly number[] = [AppProto.Telnet, AppProto.Ftp, AppProto.Tftp, AppProto.Rsh];

/** N09: a clear-text service seen on a device for the first time; needs no learning, and what was learned is quiet. */
export function cleartext(c: RuleContext): Rule {
  const event = (any: AppEvent): void => {
    const ev = any as ServiceSeen;
    if (!CLEARTEXT.includes(ev.app)) return;
    const { side, novelty } = c.pairHabit('net.cleartext', ev.flow, ev.app, ev.tsUs);
    if (side < 0 || novelty === Novelty.Known) return;
    const device = c.device(ev.flow, side as Side);
    const far = (1 - side) as Side;
    const name = APP_PROTO_NAMES[ev.app];
    c.emit({
      scenario: 'net.cleartext',
      device,
      role: side === 1 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: far,
      tsUs: ev.tsUs,
      key: name,
      reasons: [
        {
          observed: name,
          unit: 'protocol',
          text: `${name} between ${c.ip(ev.flow, 0)} and ${c.ip(ev.flow, 1)} port ${c.port(ev.flow, 1)}${ev.credentials ? ', with a password in clear' : ''}; it was not seen on this device before.`,
        },
      ],
    });
  };
  return { name: 'net.cleartext', kinds: ['service'], event };
}
