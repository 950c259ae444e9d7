import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { wallUs } from '../capture/index.js';
import {
  type CommandResult,
  type IncidentWords,
  type Mute,
  type Normal,
  type OperatorCommand,
  WardwireError,
} from '../core/index.js';
import { Desk, type LoggedVerdict, VerdictReader } from '../store/index.js';
import { besides, configuredProfiles, type LoadedConfig } from './assemble.js';
import { muteLimits } from './incident-desk.js';
import { inventoryPath, openInventory } from './inventory.js';

/** File of the verdict log in `store.data_dir`. */
export const VERDICTS_FILE = 'verdicts.sqlite';
/** Verdicts looked at for incidents that were left open. */
const NEWEST = 50_000;

/** Where a configuration's verdict log lies. */
export function verdictsPath(config: LoadedConfig): string {
  return join(besides(config, config.settings.store.data_dir), VERDICTS_FILE);
}

/** The verdict log of a sensor with this configuration, for reading. @throws WardwireError('file') when there is none yet */
export function openVerdicts(config: LoadedConfig): VerdictReader {
  const path = verdictsPath(config);
  try {
    return new VerdictReader(path);
  } catch (cause) {
    throw new WardwireError(
      'file',
      `${path}: ${(cause as Error).message}`,
      [
        {
          path: 'store.data_dir',
          text: config.settings.store.data_dir,
          hint: 'start the sensor with this configuration first',
        },
      ],
      { cause },
    );
  }
}

/** Incidents that a former daemon left open, the newest `max`; `failed` is told why a log that cannot be read gives none. */
export function openInLog(config: LoadedConfig, max: number, failed: (why: string) => void): LoggedVerdict[] {
  let log: VerdictReader | null = null;
  try {
    log = openVerdicts(config);
    return log.open(NEWEST).slice(-max);
  } catch (error) {
    // a log that is damaged or on a disk at fault does not keep the sensor from watching
    failed((error as Error).message);
    return [];
  } finally {
    log?.close();
  }
}

/** Writes a person's word on incidents down; a running daemon takes it within a second. @throws WardwireError('file') */
export function sayOfIncidents(config: LoadedConfig, command: OperatorCommand): CommandResult {
  const log = openVerdicts(config);
  try {
    const store = openInventory(config, { write: true });
    try {
      return new Desk(store, log, muteLimits(config.settings, configuredProfiles(config))).do(command, wallUs());
    } finally {
      store.close();
    }
  } finally {
    log.close();
  }
}

/** Everything people said of incidents: what is in force, and every mute and every word on what is normal. */
export function saidOfIncidents(config: LoadedConfig): {
  inForce: IncidentWords;
  mutes: Mute[];
  normals: Normal[];
} {
  if (!existsSync(inventoryPath(config)))
    return { inForce: { acks: [], mutes: [], normals: [] }, mutes: [], normals: [] };
  const store = openInventory(config, { write: false });
  try {
    const words = store.incidentWords;
    return { inForce: words.inForce(wallUs()), mutes: words.mutes(), normals: words.normals() };
  } finally {
    store.close();
  }
}
