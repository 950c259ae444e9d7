import {
  type Counters,
  type PacketSource,
  type SettingsOf,
  type ShareSpec,
  WardwireError,
  type Weirds,
} from '../core/index.js';
import { loadAddon } from './addon.js';
import { CapSource } from './cap.js';
import { clock } from './clock.js';
import { type FileOptions, FileSource } from './file.js';
import { type CaptureHealth, LiveSource } from './live.js';
import { noAddonError, noInterfaceError } from './open-errors.js';
import type { captureSettings } from './settings.js';

export {
  Clock,
  type ClockSteps,
  clockSteps,
  eventUs,
  monotonicUs,
  randomSeed,
  wallUs,
} from './clock.js';
export type { FileOptions } from './file.js';
export { type FileInfo, fileInfo } from './file-info.js';
export { type InterfaceInfo, listInterfaces } from './interfaces.js';
export type { CaptureHealth } from './live.js';
export { LiveCounters } from './live-counters.js';
export { type Nic, type NicCounts, nicCounts, readNic } from './nic.js';
export { checkInterface, deviationsOf, type NicDeviation, type NicReport } from './nic-check.js';
export { expandPaths } from './order.js';
export { captureSettings } from './settings.js';

export interface LiveOptions {
  readonly interface: string;
  readonly settings: SettingsOf<typeof captureSettings>;
  readonly counters: Counters;
  readonly weirds: Weirds;
  /** The part of the traffic that is for this process; without it all of it. */
  readonly share?: ShareSpec | null;
}

/** A live source whose packets have priorities under load. */
export interface PrioritySource extends PacketSource {
  /** IP addresses of hosts whose packets among each other may wait, be cut or be shed when the sensor lags; with `others`, of those that keep the first lane. */
  setLowPriority(addresses: Iterable<string>, others?: boolean): void;
  /** How late packets were for want of time since the last call, µs; 0 when the source kept up. */
  leastLagUs(): number;
  /** What the source knows of its own sight. */
  health(): CaptureHealth;
}

export function hasPriorities(source: PacketSource): source is PrioritySource {
  return 'setLowPriority' in source;
}

/**
 * For the process that only starts sensors: it holds the right to capture for them and does not use it itself. Root keeps its own
 * (it needs them to write files of others). Answers whether anything was laid down.
 */
export function layDownPrivileges(): boolean {
  if (process.getuid?.() === 0) return false;
  return loadAddon()?.layDownPrivileges() ?? false;
}

/** Names in `capture.interface`, separated by commas or spaces. */
export function interfaceNames(setting: string): string[] {
  return setting.split(/[\s,]+/).filter((n) => n !== '');
}

/**
 * A live source for an interface (several are separated by commas): our addon, or `cap` where it is asked for or the addon
 * was not built. @throws WardwireError('interface') when none is given or nothing can capture
 */
export function openLive(o: LiveOptions): PacketSource {
  const names = interfaceNames(o.interface);
  if (names.length === 0) throw noInterfaceError();
  const addon = o.settings.source === 'cap' ? null : loadAddon();
  if (addon !== null) return new LiveSource(names, addon, o.settings, o.counters, clock, o.share ?? null);
  if (o.settings.source === 'addon') throw noAddonError();
  if (names.length > 1) {
    throw new WardwireError('interface', 'the portable source captures on one interface only', [
      { path: 'capture.interface', text: o.interface, hint: 'build the capture addon for several' },
    ]);
  }
  return new CapSource(names[0], o.settings);
}

/** Capture files (pcap, pcapng; plain, gzip, zstd; `-` is standard input; a folder in time order), one after the other. */
export function openFiles(files: readonly string[], options: FileOptions): PacketSource {
  return new FileSource(files, options);
}
