import {
  type AppEvent,
  AppProto,
  type DeviceClass,
  fold32,
  type HttpSeen,
  IpProto,
  Novelty,
  type ServiceSeen,
} from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const HOUR_US = 3600e6;
const REPEAT_US = 600e6;
/** Open flows are looked at this often. */
const LOOK_US = 10e6;
const OPEN_MOST = 1024;
/** TFTP sends its data on a flow of its own, opened this soon after the request by whoever was asked (RFC 1350 4). */
const TFTP_US = 60e6;
const CLASSES: readonly (DeviceClass | undefined)[] = ['LC', 'PM', 'IM', 'PA'];
/** What devices take in bulk for their work. Files on shares are another rule's. */
const WORK: readonly number[] = [AppProto.Dicom, AppProto.Hl7, AppProto.Vitals, AppProto.Mqtt, AppProto.Smb];

interface Open {
  readonly gen: number;
  /** Octets already counted, and the side that takes them. */
  counted: number;
  readonly takes: Side;
}

/**
 * N13: a large volume into a device over a connection somebody else opened, which is neither images nor reports, from a host that never
 * did that: software, settings, a file transfer. Archives take images over TLS and the web, so those do not count there.
 */
export function push(c: RuleContext): Rule {
  const taken = new RecentKeys(c.settings.window_keys, () => new SumWindow(HOUR_US, 12));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const tftp = new RecentKeys(c.settings.window_keys, () => ({ us: Number.NEGATIVE_INFINITY }));
  /** Flows that carry records of patients by HTTP. */
  const records = new RecentKeys(c.settings.window_keys, () => ({ yes: true }));
  const open = new Map<number, Open>();
  let nextLookUs = Number.NEGATIVE_INFINITY;
  const flowId = (slot: number): number => fold32(c.columns.gen[slot], slot);
  const pairOf = (slot: number): number => c.addressKey(slot, 0) ^ c.addressKey(slot, 1);

  const work = (slot: number, device: number): boolean => {
    const app = c.columns.app[slot];
    if (WORK.includes(app) || records.peek(flowId(slot)) !== undefined) return true;
    return app === AppProto.Tls && c.profile(device)?.deviceClass === 'PA';
  };

  const account = (slot: number, o: Open, tsUs: number): void => {
    const gives = (1 - o.takes) as Side;
    const now = c.columns.payload[2 * slot + gives];
    const more = now - o.counted;
    o.counted = now;
    const device = c.device(slot, o.takes);
    if (more <= 0 || device < 0 || work(slot, device)) return;
    const from = c.addressKey(slot, gives);
    const pair = fold32(device, from);
    const n = taken.touch(pair).add(more, tsUs);
    const limit = c.settings.push_octets;
    if (n < limit || c.habit(device, c.keyOf('push', from), tsUs) !== Novelty.New || !told.ready(pair, tsUs)) return;
    c.emit({
      scenario: 'net.firmware.push',
      device,
      role: 'victim',
      flow: slot,
      peerSide: gives,
      tsUs,
      reasons: [
        {
          observed: n,
          unit: 'octets/h',
          low: 0,
          high: limit,
          text: `${c.ip(slot, gives)} sent ${(n / 1e6).toFixed(1)} MB to port ${c.port(slot, 1)} of this device within an hour, which it never did; it is neither images nor reports.`,
        },
      ],
    });
  };

  return {
    name: 'net.firmware.push',
    kinds: ['service', 'http'],
    event: (ev: AppEvent) => {
      if (ev.kind === 'http') {
        if ((ev as HttpSeen).api !== '') records.touch(flowId(ev.flow));
      } else if ((ev as ServiceSeen).app === AppProto.Tftp) tftp.touch(pairOf(ev.flow)).us = ev.tsUs;
    },
    flowOpened: (slot, view) => {
      open.delete(slot);
      const udp = view.ipProto === IpProto.Udp;
      if (!udp && view.ipProto !== IpProto.Tcp) return;
      // a TFTP server that was sent a file answers from a port of its own: it opens the flow that brings the data
      const asked = udp ? tftp.peek(pairOf(slot)) : undefined;
      if (udp && (asked === undefined || view.tsUs - asked.us > TFTP_US)) return;
      const takes: Side = udp ? 0 : 1;
      if (!CLASSES.includes(c.profile(c.device(slot, takes))?.deviceClass)) return;
      if (open.size >= OPEN_MOST) open.delete(open.keys().next().value as number);
      open.set(slot, { gen: c.columns.gen[slot], counted: 0, takes });
    },
    flowClosed: (slot, _reason, tsUs) => {
      const o = open.get(slot);
      if (o !== undefined && o.gen === c.columns.gen[slot]) account(slot, o, tsUs);
      open.delete(slot);
    },
    tick: (nowUs) => {
      if (nowUs < nextLookUs) return;
      nextLookUs = nowUs + LOOK_US;
      for (const [slot, o] of open) if (c.columns.gen[slot] === o.gen) account(slot, o, nowUs);
    },
  };
}
