import { type AppEvent, type DiscoverySeen, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import { Incumbents } from './incumbents.js';
import type { Rule } from './rule.js';
import { Cooldown, DistinctRing, RecentKeys } from './windows.js';

const WINDOW_US = 60e6;
const REPEAT_US = 60e6;
/** Hosts asked one by one within a minute that are a sweep: consumers resolve the few they were told of. */
const HOSTS = 5;

/**
 * H19: WS-Discovery (OASIS 1.1; IEEE 11073-20702): an announcement or farewell with another device's endpoint, and searches for medical
 * devices by a host that never searched.
 */
export function discovery(c: RuleContext): Rule {
  /** Who announced an endpoint first. */
  const owners = new RecentKeys(c.settings.window_keys, () => ({ device: -1, from: 0 }));
  const probed = new RecentKeys(c.settings.window_keys, () => new DistinctRing(64));
  const consumers = new Incumbents(c);
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const announced = (ev: DiscoverySeen): void => {
    const sends = ev.dir as Side;
    const device = c.device(ev.flow, sends);
    const from = c.addressKey(ev.flow, sends);
    const owner = owners.touch(ev.endpointKey);
    if (owner.device < 0) {
      owner.device = device;
      owner.from = from;
      return;
    }
    // a device may get another address; another device may not get its endpoint
    if (device === owner.device || from === owner.from) {
      owner.from = from;
      return;
    }
    const second = c.keyOf('endpoint', ev.endpointKey, from);
    if (c.habit(owner.device, second, ev.tsUs) !== Novelty.New || !told.ready(second, ev.tsUs)) return;
    c.emit({
      scenario: 'discovery.spoof',
      device: owner.device,
      role: 'victim',
      flow: ev.flow,
      peerSide: sends,
      tsUs: ev.tsUs,
      key: ev.action,
      reasons: [
        {
          observed: ev.action,
          unit: 'message',
          text: `${c.ip(ev.flow, sends)} sends a ${ev.action} with the endpoint of this device, which announced it from another address.`,
        },
      ],
    });
  };

  const searched = (ev: DiscoverySeen): void => {
    const asks = ev.dir as Side;
    const serves = (1 - ev.dir) as Side;
    const device = c.device(ev.flow, asks);
    if (device < 0) return;
    const toAll = c.isNowhere(ev.flow, serves);
    if (toAll && !ev.medical) return;
    const n = toAll ? 0 : probed.touch(device).add(c.addressKey(ev.flow, serves), ev.tsUs, WINDOW_US);
    if (!toAll && n < HOSTS) return;
    if (!consumers.unusual(device, c.keyOf('medical.search'), ev.tsUs) || !told.ready(device, ev.tsUs)) return;
    c.emit({
      scenario: 'discovery.probe.sweep',
      device,
      role: 'actor',
      flow: ev.flow,
      ...(toAll ? { peer: null } : { peerSide: serves }),
      also: toAll ? -1 : c.device(ev.flow, serves),
      tsUs: ev.tsUs,
      reasons: [
        toAll
          ? {
              observed: ev.action,
              unit: 'message',
              text: `${c.ip(ev.flow, asks)} searches the network for medical devices and never did before.`,
            }
          : {
              observed: n,
              unit: 'hosts',
              low: 0,
              high: HOSTS - 1,
              text: `${c.ip(ev.flow, asks)} asked ${n} hosts one by one within a minute whether they are there (WS-Discovery); it never did before.`,
            },
      ],
    });
  };

  const event = (any: AppEvent): void => {
    const ev = any as DiscoverySeen;
    if (ev.action === 'Probe') searched(ev);
    else if (ev.endpointKey !== 0 && ev.action !== 'Resolve') announced(ev);
  };
  return { name: 'discovery.spoof', kinds: ['discovery'], event };
}
