import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `read` does with packets between hosts of low priority. */
export const ReadMode = { All: 0, Lanes: 1, Shed: 2 } as const;
export type ReadMode = (typeof ReadMode)[keyof typeof ReadMode];

/** Slots of the state array the addon writes (native/capture.h). */
export const AddonState = {
  End: 0,
  LowEnd: 1,
  CutPackets: 2,
  ShedPackets: 3,
  ShedOctets: 4,
  NewestUs: 5,
  Size: 8,
} as const;

/** The addon's functions; see native/capture.c. Failures are errors whose `code` is permission, interface or filter. */
export interface Addon {
  open(options: AddonOptions, buffer: Buffer, state: Float64Array, onReadable: () => void): unknown;
  /** @returns packets taken off the ring, 0 none waiting, −1 the interface failed */
  read(handle: unknown, maxPackets: number, mode: ReadMode): number;
  arm(handle: unknown): void;
  /** These hosts, or with `others` all but these, are of low priority. */
  lowHosts(handle: unknown, words: Uint32Array, others: boolean): void;
  /** Received, dropped by kernel, dropped by interface (each modulo 2^32, −1 unknown), link type. */
  stats(handle: unknown): [number, number, number, number];
  error(handle: unknown): string;
  close(handle: unknown): void;
  /** Effective capabilities of the calling thread, and of threads it starts later, become none; children still inherit. */
  layDownPrivileges(): boolean;
  interfaces(): { name: string; description: string; up: boolean }[];
  /** What the card is set to; see native/nic.c. */
  nic(name: string): NicFacts;
}

/** Settings of a network card; −1 and '' where its driver does not tell. */
export interface NicFacts {
  readonly driver: string;
  /** Name of the kernel, on, cannot be changed. */
  readonly features: readonly (readonly [name: string, on: boolean, fixed: boolean])[];
  /** Packets the receive ring holds, and could. */
  readonly ringRx: number;
  readonly ringRxMax: number;
  /** Receive queues in use; most of the combined kind, 0 when there are receive queues of their own. */
  readonly queues: number;
  readonly queuesCombinedMax: number;
  /** 1 when pause frames (IEEE 802.3 annex 31B) are obeyed, or sent. */
  readonly pauseRx: number;
  readonly pauseTx: number;
  /** Key of the hash that spreads packets over queues, hexadecimal. */
  readonly rssKey: string;
}

export interface AddonOptions {
  readonly interface: string;
  readonly filter: string;
  readonly snaplen: number;
  readonly bufferBytes: number;
  readonly promiscuous: number;
  readonly timeoutMs: number;
  readonly adapterTime: number;
  /** How many processes divide the interface (1: none but this), which of them this is, and addresses that belong to none, as words. */
  readonly shareOf: number;
  readonly shareIndex: number;
  readonly shareServers: Uint32Array;
}

let loaded: Addon | null | undefined;

/** The compiled addon, or null when it was not built on this machine. */
export function loadAddon(): Addon | null {
  if (loaded !== undefined) return loaded;
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json')) && dirname(dir) !== dir) dir = dirname(dir);
  const path = join(dir, 'build', 'native', 'wardwire_capture.node');
  try {
    loaded = existsSync(path) ? (createRequire(import.meta.url)(path) as Addon) : null;
  } catch {
    // built for another libpcap or machine: the portable source still works
    loaded = null;
  }
  return loaded;
}
