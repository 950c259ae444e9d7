import { APP_PROTO_NAMES, type AppEvent, AppProto, Novelty, type ServiceSeen } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

/** Remote control of a screen; SSH is not among them, maintenance of servers lives on it. */
const REMOTE: readonly number[] = [AppProto.Rdp, AppProto.Vnc];

/**
 * N10: file sharing (SMB) with a host never used before. N11: remote control of a device that has not known it, judged
 * by the heavier of both ends.
 */
export function services(c: RuleContext): Rule {
  const event = (any: AppEvent): void => {
    const ev = any as ServiceSeen;
    const scenario = ev.app === AppProto.Smb ? 'net.smb.lateral' : REMOTE.includes(ev.app) ? 'net.remote_access' : null;
    if (scenario === null) return;
    const { side, novelty } = c.pairHabit(scenario, ev.flow, ev.app, ev.tsUs);
    if (side < 0 || novelty !== Novelty.New) return;
    const far = (1 - side) as Side;
    const device = c.device(ev.flow, side as Side);
    const name = APP_PROTO_NAMES[ev.app];
    c.emit({
      scenario,
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
          text: `${name}${ev.version === '' ? '' : ` ${ev.version}`} between ${c.ip(ev.flow, 0)} and ${c.ip(ev.flow, 1)} port ${c.port(ev.flow, 1)}; this pair was not seen to use it while it was learned.`,
        },
      ],
    });
  };
  return { name: 'net.smb.lateral', kinds: ['service'], event };
}
