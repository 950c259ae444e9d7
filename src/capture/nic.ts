import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { loadAddon, type NicFacts } from './addon.js';
import { type Link, readLink, sysLine } from './link.js';

/** IFF_PROMISC, IFF_NOARP, IFF_MULTICAST, IFF_LOOPBACK (linux/if.h). */
const Flag = { Loopback: 0x8, NoArp: 0x80, Promiscuous: 0x100, Multicast: 0x1000 } as const;

/** Counters of an interface, packets since it was made (Linux: Documentation/networking/statistics). */
export interface NicCounts {
  readonly received: number;
  readonly sent: number;
  /** Lost for want of room on the card. */
  readonly missed: number;
  /** Dropped by the driver or the kernel; also frames nobody took, before a capture was open. */
  readonly dropped: number;
  /** Refused for their length. */
  readonly tooLong: number;
  /** Damaged on the wire. */
  readonly damaged: number;
}

/** What the kernel and the driver say of an interface; read only, nothing is changed. */
export interface Nic {
  readonly name: string;
  readonly link: Link['state'];
  readonly loopback: boolean;
  readonly promiscuous: boolean;
  readonly arp: boolean;
  readonly multicast: boolean;
  /** Octets, 0 unknown. */
  readonly mtu: number;
  /** Mbit/s, −1 unknown; duplex is '' then. */
  readonly speed: number;
  readonly duplex: string;
  readonly addresses: readonly string[];
  /** IPv6 may speak here: router solicitations, neighbour discovery, multicast reports. */
  readonly ip6: boolean;
  readonly counts: NicCounts;
  /** Somebody captures from it: what the kernel drops then is lost, and no frame that nobody wanted. */
  readonly tapped: boolean;
  /** Receive queues the kernel uses. */
  readonly queues: number;
  /** null without the capture addon. */
  readonly card: NicFacts | null;
}

/** Facts of an interface as they are now. */
export function readNic(name: string): Nic {
  const flags = Number.parseInt(sysLine(name, 'flags'), 16) || 0;
  return {
    name,
    link: readLink(name).state,
    loopback: (flags & Flag.Loopback) !== 0,
    promiscuous: (flags & Flag.Promiscuous) !== 0,
    arp: (flags & Flag.NoArp) === 0,
    multicast: (flags & Flag.Multicast) !== 0,
    mtu: Number(sysLine(name, 'mtu')) || 0,
    speed: Number(sysLine(name, 'speed') || -1),
    duplex: sysLine(name, 'duplex'),
    addresses: (networkInterfaces()[name] ?? []).map((a) => a.cidr ?? a.address),
    ip6: readWord(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`) === '0',
    counts: nicCounts(name),
    tapped: tapped(name),
    queues: receiveQueues(name),
    card: loadAddon()?.nic(name) ?? null,
  };
}

/** The counters alone: cheap enough to be read every second. Those a driver does not keep are 0. */
export function nicCounts(name: string): NicCounts {
  const count = (file: string): number => Number(sysLine(name, `statistics/${file}`)) || 0;
  return {
    received: count('rx_packets'),
    sent: count('tx_packets'),
    // drivers count a full card as missed, fifo or overrun, and some the same packet twice
    missed: Math.max(count('rx_missed_errors'), count('rx_fifo_errors'), count('rx_over_errors')),
    dropped: count('rx_dropped'),
    tooLong: count('rx_length_errors'),
    damaged: count('rx_crc_errors') + count('rx_frame_errors'),
  };
}

/** Whether a packet socket is open on an interface (packet(7); the fifth column of the kernel's list is the interface's number). */
function tapped(name: string): boolean {
  const index = String(readLink(name).index);
  return readWord('/proc/net/packet')
    .split('\n')
    .some((l) => l.trim().split(/\s+/)[4] === index);
}

function receiveQueues(name: string): number {
  try {
    return readdirSync(`/sys/class/net/${name}/queues`).filter((q) => q.startsWith('rx-')).length;
  } catch {
    return 0;
  }
}

function readWord(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
