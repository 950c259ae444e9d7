import type { PacketView } from '../../core/index.js';
import type { RuleContext } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, DistinctRing, RecentKeys } from './windows.js';

const REPEAT_US = 5e6;
const V4_MAPPED = 0xffff;
const REQUEST = 1;

/** N01 by ARP: who-has for many addresses within a window, at least half of them held by nobody known. */
export function arpSweep(c: RuleContext): Rule {
  const asked = new RecentKeys(c.settings.window_keys, () => ({
    all: new DistinctRing(256),
    empty: new DistinctRing(256),
  }));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const packet = (view: PacketView): void => {
    if (view.arpOp !== REQUEST || view.duplicate || view.arpSpa === view.arpTpa || view.srcDev < 0) return;
    const { scan_hosts: hosts, scan_window_s: windowS } = c.settings;
    const windowUs = windowS * 1e6;
    const s = asked.touch(view.srcDev);
    const n = s.all.add(view.arpTpa, view.tsUs, windowUs);
    if (c.directory.byIp(0, 0, V4_MAPPED, view.arpTpa) < 0) s.empty.add(view.arpTpa, view.tsUs, windowUs);
    if (n < hosts || s.empty.size * 2 < n || !told.ready(view.srcDev, view.tsUs)) return;
    c.emit({
      scenario: 'net.scan.hosts',
      device: view.srcDev,
      role: 'actor',
      flow: -1,
      peer: null,
      tsUs: view.tsUs,
      key: 'arp',
      reasons: [
        {
          observed: n,
          unit: 'hosts',
          low: 0,
          high: hosts - 1,
          text: `${n} addresses were asked for by ARP within ${windowS} s, ${s.empty.size} of them held by nobody; fewer than ${hosts} are expected.`,
        },
      ],
    });
  };
  return { name: 'net.scan.hosts', packet };
}
