import { type Counters, type PacketSource, type SettingsOf, WardwireError, type Weirds } from '../core/index.js';
import { loadAddon } from './addon.js';
import { CapSource } from './cap.js';
import { type FileOptions, FileSource } from './file.js';
import { LiveSource } from './live.js';
import type { captureSettings } from './settings.js';

export { monotonicUs, randomSeed, wallUs } from './clock.js';
export type { FileOptions } from './file.js';
export { type InterfaceInfo, listInterfaces } from './interfaces.js';
export { captureSettings } from './settings.js';

export interface LiveOptions {
  readonly interface: string;
  readonly settings: SettingsOf<typeof captureSettings>;
  readonly counters: Counters;
  readonly weirds: Weirds;
}

/** A live source for an interface: our addon, or `cap` where it is asked for or the addon was not built. */
export function openLive(o: LiveOptions): PacketSource {
  const addon = o.settings.source === 'cap' ? null : loadAddon();
  if (addon !== null) return new LiveSource(o.interface, addon, o.settings, o.counters);
  if (o.settings.source === 'addon') {
    throw new WardwireError('interface', 'the capture addon is not built on this machine', [
      { path: 'capture.source', text: 'install libpcap-dev and a C compiler, then run npm start again' },
    ]);
  }
  return new CapSource(o.interface, o.settings);
}

/** Capture files (pcap, pcapng; plain, gzip, zstd; `-` is standard input), one after the other. */
export function openFiles(files: readonly string[], options: FileOptions): PacketSource {
  return new FileSource(files, options);
}
