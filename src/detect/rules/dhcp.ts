import { type AppEvent, type DhcpSeen, Novelty } from '../../core/index.js';
import type { Observed, RuleContext, Side } from './context.js';
import { Incumbents } from './incumbents.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const REPEAT_US = 60e6;

/**
 * N04: who gives addresses (RFC 2131 OFFER, ACK), judged by VLAN: a host that never did while another server is settled, or a server
 * that names a router or name server it never named (RFC 2132 3.5, 3.8).
 */
export function dhcp(c: RuleContext): Rule {
  const servers = new Incumbents(c);
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const say = (ev: DhcpSeen, device: number, key: string, reason: Observed): void => {
    if (!told.ready(c.keyOf(device, key), ev.tsUs)) return;
    const far = (1 - ev.dir) as Side;
    c.emit({
      scenario: 'net.dhcp.rogue',
      device,
      role: 'actor',
      flow: ev.flow,
      ...(c.isNowhere(ev.flow, far) ? { peer: null } : { peerSide: far }),
      also: c.device(ev.flow, far),
      tsUs: ev.tsUs,
      key,
      reasons: [reason],
    });
  };

  const event = (any: AppEvent): void => {
    const ev = any as DhcpSeen;
    if (ev.message !== 'OFFER' && ev.message !== 'ACK') return;
    const device = c.device(ev.flow, ev.dir as Side);
    if (device < 0) return;
    const vlan = c.columns.vlan[ev.flow];
    const ip = c.ip(ev.flow, ev.dir as Side);
    if (servers.unusual(device, c.keyOf('dhcp.server', vlan), ev.tsUs)) {
      say(ev, device, 'server', {
        observed: ev.server || ip,
        unit: 'address',
        text: `${ip} gives addresses (DHCP ${ev.message}) and never did; another server is known on this network.`,
      });
      return;
    }
    const option = (name: string, words: string, value: string): void => {
      if (value === '' || c.habit(device, c.keyOf(`dhcp.${name}`, vlan, value), ev.tsUs) !== Novelty.New) return;
      say(ev, device, name, {
        observed: value,
        unit: 'address',
        text: `The DHCP server ${ip} names ${value} as ${words}, which it never did while it was learned.`,
      });
    };
    option('router', 'the way out', ev.router);
    option('dns', 'name server', ev.nameServer);
  };
  return { name: 'net.dhcp.rogue', kinds: ['dhcp'], event };
}
