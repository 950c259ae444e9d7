import { readFileSync } from 'node:fs';

/** The kernel's view of an interface (sysfs(5), /sys/class/net). */
export interface Link {
  readonly state: 'up' | 'down' | 'no carrier' | 'missing';
  /** Changes when an interface is deleted and made again under its name; 0 unknown. */
  readonly index: number;
}

/** One line of a file of the interface, '' when there is none. */
export function sysLine(name: string, file: string): string {
  try {
    return readFileSync(`/sys/class/net/${name}/${file}`, 'utf8').trim();
  } catch {
    return '';
  }
}

export function readLink(name: string): Link {
  // the pseudo interface of libpcap that means all of them
  if (name === 'any') return { state: 'up', index: 0 };
  const flags = sysLine(name, 'flags');
  if (flags === '') return { state: 'missing', index: 0 };
  const index = Number(sysLine(name, 'ifindex')) || 0;
  // IFF_UP; the carrier can only be asked of an interface that is up
  if ((Number.parseInt(flags, 16) & 1) === 0) return { state: 'down', index };
  return { state: sysLine(name, 'carrier') === '0' ? 'no carrier' : 'up', index };
}

/** Packets the interface has counted in both directions, −1 unknown. A ring sees both; a span port only receives. */
export function linkPackets(name: string): number {
  const rx = sysLine(name, 'statistics/rx_packets');
  const tx = sysLine(name, 'statistics/tx_packets');
  return rx === '' || tx === '' ? -1 : Number(rx) + Number(tx);
}
