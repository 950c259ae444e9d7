import { type AppEvent, fold32, Novelty, type VitalsSeen } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const WINDOW_US = 300e6;
const REPEAT_US = 60e6;
const ENDS: readonly VitalsSeen['what'][] = ['association.abort', 'association.refuse', 'release.request'];

/** H18: who takes a monitor's data (association, poll), who says to be which monitor, and how often its connections are torn down. */
export function vitalsClient(c: RuleContext): Rule {
  const ends = new RecentKeys(c.settings.window_keys, () => new SumWindow(WINDOW_US, 10));
  /** Device that announced a system identity. */
  const systems = new RecentKeys(c.settings.window_keys, () => ({ device: -1 }));
  /** Side of a flow that asks. */
  const clients = new RecentKeys(c.settings.window_keys, () => ({ side: 0 as Side }));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const flowId = (flow: number): number => fold32(c.columns.gen[flow], flow);

  const asked = (ev: VitalsSeen): void => {
    const asks = ev.dir as Side;
    clients.touch(flowId(ev.flow)).side = asks;
    const monitor = c.device(ev.flow, (1 - ev.dir) as Side);
    if (monitor < 0) return;
    const client = c.keyOf('vitals.client', c.addressKey(ev.flow, asks));
    if (c.habit(monitor, client, ev.tsUs) !== Novelty.New || !told.ready(fold32(client, monitor), ev.tsUs)) return;
    c.emit({
      scenario: 'vitals.client.rogue',
      device: monitor,
      role: 'victim',
      flow: ev.flow,
      peerSide: asks,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: c.ip(ev.flow, asks),
          unit: 'address',
          text: `${c.ip(ev.flow, asks)} ${ev.what === 'poll' ? 'polls this monitor' : 'asks this monitor for an association'} and was never served by it while it was learned.`,
        },
      ],
    });
  };

  const announced = (ev: VitalsSeen): void => {
    const device = c.device(ev.flow, ev.dir as Side);
    if (device < 0 || ev.systemKey === 0) return;
    const owner = systems.touch(ev.systemKey);
    if (owner.device < 0) owner.device = device;
    if (owner.device === device || !told.ready(fold32(ev.systemKey, device), ev.tsUs)) return;
    c.emit({
      scenario: 'vitals.client.rogue',
      device: owner.device,
      role: 'victim',
      flow: ev.flow,
      peerSide: ev.dir as Side,
      tsUs: ev.tsUs,
      key: 'identity',
      reasons: [
        {
          observed: c.ip(ev.flow, ev.dir as Side),
          unit: 'address',
          text: `${c.ip(ev.flow, ev.dir as Side)} announces itself with the system identity of this monitor.`,
        },
      ],
    });
  };

  const ended = (ev: VitalsSeen): void => {
    // the monitor is who is asked; the responder when nobody was heard asking
    const side = (1 - (clients.peek(flowId(ev.flow))?.side ?? 0)) as Side;
    const monitor = c.device(ev.flow, side);
    if (monitor < 0) return;
    const n = ends.touch(monitor).add(1, ev.tsUs);
    const usual = c.usualRate(monitor, c.keyOf('rate.vitals.ends'), n, ev.tsUs);
    const limit = c.settings.vitals_disconnects;
    if (n < limit || usual || !told.ready(fold32(monitor, 1), ev.tsUs)) return;
    const far = (1 - side) as Side;
    c.emit({
      scenario: 'vitals.disconnect',
      device: monitor,
      role: 'victim',
      flow: ev.flow,
      peerSide: far,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: n,
          unit: 'ends/5 min',
          low: 0,
          high: limit - 1,
          text: `${n} associations of this monitor were aborted, refused or released within five minutes, the newest with ${c.ip(ev.flow, far)}; fewer than ${limit} are expected.`,
        },
      ],
    });
  };

  const event = (any: AppEvent): void => {
    const ev = any as VitalsSeen;
    if (ev.what === 'association.request' || ev.what === 'poll') asked(ev);
    else if (ev.what === 'connect.indication') announced(ev);
    else if (ENDS.includes(ev.what)) ended(ev);
  };
  return { name: 'vitals.client.rogue', kinds: ['vitals'], event };
}
