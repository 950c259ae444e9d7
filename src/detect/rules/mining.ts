import { type AppEvent, AppProto, type ServiceSeen } from '../../core/index.js';
import type { RuleContext } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const REPEAT_US = 60e6;

/** N19: the opening of a mining pool connection (Stratum); needs no learning, and learning a device does not make it better. */
export function mining(c: RuleContext): Rule {
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const event = (any: AppEvent): void => {
    const ev = any as ServiceSeen;
    const device = c.device(ev.flow, 0);
    if (ev.app !== AppProto.Stratum || device < 0 || !told.ready(device, ev.tsUs)) return;
    c.emit({
      scenario: 'net.mining',
      device,
      role: 'actor',
      flow: ev.flow,
      peerSide: 1,
      tsUs: ev.tsUs,
      bump: c.learning(device, ev.tsUs) ? 1 : 0,
      reasons: [
        {
          observed: 'stratum',
          unit: 'protocol',
          text: `A connection to ${c.ip(ev.flow, 1)} port ${c.port(ev.flow, 1)} opens as mining clients do (Stratum).`,
        },
      ],
    });
  };
  return { name: 'net.mining', kinds: ['service'], event };
}
