import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { loadAddon } from './addon.js';
import { readLink, sysLine } from './link.js';

export interface InterfaceInfo {
  readonly name: string;
  readonly description: string;
  readonly up: boolean;
  readonly addresses: readonly string[];
  /** Octets, 0 unknown. */
  readonly mtu: number;
}

/** Interfaces that can be captured from: those libpcap names, else those the kernel shows. */
export async function listInterfaces(): Promise<InterfaceInfo[]> {
  const addresses = networkInterfaces();
  let found: { name: string; description: string; up: boolean }[] = [];
  try {
    found = loadAddon()?.interfaces() ?? [];
  } catch {
    // without permission libpcap may refuse; the kernel's list is still true
  }
  if (found.length === 0) {
    found = readdirSync('/sys/class/net').map((name) => ({
      name,
      description: '',
      up: readLink(name).state === 'up' || readLink(name).state === 'no carrier',
    }));
  }
  return found.map((i) => ({
    ...i,
    addresses: (addresses[i.name] ?? []).map((a) => a.address),
    mtu: Number(sysLine(i.name, 'mtu')) || 0,
  }));
}
