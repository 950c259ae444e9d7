import { renameSync, writeFileSync } from 'node:fs';
import type { Device, SettingsSection } from '../core/index.js';
import { MANIFEST, type Settings } from './manifest.js';
import type { DaemonStatus } from './status.js';
import type { SensorSnapshot } from './supervisor.js';

/** Devices that are written at most; the file stays readable. */
const DEVICES_MAX = 5000;

export interface StateParts {
  readonly status: DaemonStatus;
  readonly settings: Settings;
  readonly snapshot: SensorSnapshot;
  readonly devices: readonly Device[];
  /** When each thread and process moved last, ms since 1970. */
  readonly threads: readonly (readonly [name: string, ms: number])[];
}

/** Settings without what is marked as secret. */
function openSettings(settings: Settings): Record<string, Record<string, unknown>> {
  const out: Record<string, Record<string, unknown>> = {};
  for (const { name, settings: defs } of MANIFEST as readonly SettingsSection[]) {
    const values = settings[name as keyof Settings] as Record<string, unknown>;
    out[name] = Object.fromEntries(Object.entries(values).filter(([k]) => defs[k]?.secret !== true));
  }
  return out;
}

/**
 * Writes what the daemon knows of itself to one file, in place of the one before. Devices go in by id and kind alone: no name, no address,
 * nothing of a person. @throws Error when the disk does not take it
 */
export function dumpState(path: string, p: StateParts): void {
  const { defs, values, base, weirds, stats } = p.snapshot;
  const state = {
    schema: 'wardwire.state.v1',
    status: p.status,
    process: { memory: process.memoryUsage(), cpu_us: process.cpuUsage(), node: process.version },
    threads: Object.fromEntries(p.threads.map(([name, ms]) => [name, new Date(ms).toISOString()])),
    capture: stats,
    counters: defs.map((d, i) => ({
      name: d.name,
      labels: d.labels,
      value: (values[i] ?? 0) + (d.type === 'counter' ? (base[i] ?? 0) : 0),
    })),
    weirds,
    devices_known: p.devices.length,
    devices: p.devices.slice(0, DEVICES_MAX).map((d) => ({
      id: d.id,
      type: d.type,
      type_confidence: d.typeConfidence,
      criticality: d.criticality,
      first_us: d.firstUs,
      last_us: d.lastUs,
    })),
    settings: openSettings(p.settings),
  };
  const fresh = `${path}.new`;
  writeFileSync(fresh, `${JSON.stringify(state, null, 1)}\n`, { mode: 0o600 });
  renameSync(fresh, path);
}
