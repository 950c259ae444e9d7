import type { Random } from '../../../src/core/index.js';
import type { Host } from './net.js';

/** The people and machines of the hospital, by what they are. */
export interface Hospital {
  readonly router: Host;
  readonly resolver: Host;
  readonly ventilators: Host[];
  readonly pumps: Host[];
  readonly monitors: Host[];
  readonly analysers: Host[];
  readonly modalities: Host[];
  readonly archives: Host[];
  readonly workstations: Host[];
  readonly wearables: Host[];
  readonly engines: Host[];
  readonly brokers: Host[];
  readonly outside: Host[];
  readonly attackers: Host[];
  /** All on the segment, attackers left out. */
  readonly inside: Host[];
}

// Vendor prefixes such devices show; the rest of each address is invented.
const PREFIX = {
  ventilators: '0030e6',
  pumps: '001338',
  monitors: '0009fb',
  analysers: '0a3011',
  modalities: '080006',
  archives: '0a7702',
  workstations: '0a7703',
  wearables: '0a7704',
  engines: '0a7705',
  brokers: '0a7706',
  attackers: '0a6666',
} as const;

// Shares of the inventory.
const SHARE = {
  ventilators: 0.1,
  pumps: 0.2,
  monitors: 0.24,
  analysers: 0.04,
  modalities: 0.08,
  workstations: 0.14,
  wearables: 0.18,
} as const;

/** A hospital of about `devices` hosts on 10.64.0.0/10. */
export function buildHospital(devices: number, rng: Random): Hospital {
  let made = 0;
  const host = (prefix: string, ip: number, via?: Buffer): Host => {
    made++;
    const mac = Buffer.from(prefix + (0x100000 + made).toString(16).padStart(6, '0'), 'hex');
    return { mac, ip: ip >>> 0, via, nextPort: 32_768 + rng.int(20_000), nextId: rng.int(65_536) };
  };
  let subnet = 0;
  const many = (prefix: string, n: number): Host[] => {
    subnet++;
    return Array.from({ length: Math.max(1, Math.round(n)) }, (_, i) =>
      host(prefix, (10 << 24) | (64 << 16) | (subnet << 11) | (i + 10)),
    );
  };
  const router = host('0a7700', (10 << 24) | (64 << 16) | 1);
  const resolver = host('0a7700', (10 << 24) | (64 << 16) | 2);
  const groups = {
    ventilators: many(PREFIX.ventilators, devices * SHARE.ventilators),
    pumps: many(PREFIX.pumps, devices * SHARE.pumps),
    monitors: many(PREFIX.monitors, devices * SHARE.monitors),
    analysers: many(PREFIX.analysers, devices * SHARE.analysers),
    modalities: many(PREFIX.modalities, devices * SHARE.modalities),
    workstations: many(PREFIX.workstations, devices * SHARE.workstations),
    wearables: many(PREFIX.wearables, devices * SHARE.wearables),
    archives: many(PREFIX.archives, Math.ceil(devices / 150)),
    engines: many(PREFIX.engines, Math.ceil(devices / 250)),
    brokers: many(PREFIX.brokers, 1),
  };
  const inside = [router, resolver, ...Object.values(groups).flat()];
  const attackers = many(PREFIX.attackers, 2);
  // TEST-NET-2 (RFC 5737), reached through the router
  const outside = Array.from({ length: 20 }, (_, i) =>
    host('0a7799', ((198 << 24) | (51 << 16) | (100 << 8) | (i + 10)) >>> 0, router.mac),
  );
  return { router, resolver, ...groups, outside, attackers, inside };
}

export function pick<T>(rng: Random, list: readonly T[]): T {
  return list[rng.int(list.length)];
}

/** µs until the next of events that come every `seconds` on average, a little irregular as firmware timers are. */
export function period(rng: Random, seconds: number, jitter = 0.05): number {
  return Math.max(1, seconds * 1e6 * (1 + jitter * (rng.float() * 2 - 1)));
}
