import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The addon's functions; see native/capture.c. Failures are errors whose `code` is permission, interface or filter. */
export interface Addon {
  open(options: AddonOptions, buffer: Buffer, onReadable: () => void): unknown;
  read(handle: unknown, maxPackets: number): number;
  arm(handle: unknown): void;
  /** Received, dropped by kernel, dropped by interface, link type. */
  stats(handle: unknown): [number, number, number, number];
  error(handle: unknown): string;
  close(handle: unknown): void;
  interfaces(): { name: string; description: string; up: boolean }[];
}

export interface AddonOptions {
  readonly interface: string;
  readonly filter: string;
  readonly snaplen: number;
  readonly bufferBytes: number;
  readonly promiscuous: number;
  readonly timeoutMs: number;
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
