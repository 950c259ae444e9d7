import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { loadAddon } from './addon.js';

export interface InterfaceInfo {
  readonly name: string;
  readonly description: string;
  readonly up: boolean;
  readonly addresses: readonly string[];
  /** Octets, 0 unknown. */
  readonly mtu: number;
}

const sys = (name: string, file: string): string => {
  try {
    return readFileSync(`/sys/class/net/${name}/${file}`, 'utf8').trim();
  } catch {
    return '';
  }
};

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
      up: (Number.parseInt(sys(name, 'flags') || '0', 16) & 1) !== 0,
    }));
  }
  return found.map((i) => ({
    ...i,
    addresses: (addresses[i.name] ?? []).map((a) => a.address),
    mtu: Number(sys(i.name, 'mtu')) || 0,
  }));
}
