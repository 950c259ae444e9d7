import type { Problem } from '../core/index.js';
import type { ServiceLogger } from '../ops/index.js';
import type { Commands, Publisher } from '../publish/index.js';
import type { DeviceLog } from '../store/index.js';
import type { LoadedConfig } from './assemble.js';
import type { DeviceDesk } from './device-desk.js';
import type { Endpoint } from './endpoint.js';
import { muteLimits } from './incident-desk.js';
import type { Settings } from './manifest.js';
import type { Reading } from './reading.js';
import type { Applied } from './reloader.js';
import type { Sensors } from './sensors.js';
import { type SettingChanges, takeOver } from './setting-changes.js';
import type { Sinks } from './sinks.js';
import type { SensorSpec } from './spec.js';

/** What of the control process a reload reaches. */
export interface LiveParts {
  /** The settings in force: changed in place, for every part of the control process reads them there. */
  readonly config: LoadedConfig;
  /** What the sensor was started with; `settings` are those in force. */
  readonly spec: SensorSpec;
  readonly logger: ServiceLogger;
  readonly sinks: Sinks;
  readonly publisher: Publisher;
  readonly devices: DeviceDesk;
  readonly deviceLog: DeviceLog;
  readonly endpoint: Endpoint;
  readonly supervisor: Sensors;
  /** The site file as the sensor has it. */
  site: SensorSpec['site'];
  commands: Commands | undefined;
  /** Commands as settings want them. */
  readonly listen: (settings: Settings['commands']) => Commands | undefined;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Brings checked settings into force. What may fail for a mistake of the operator comes first and leaves everything as it was; brokers
 * are exchanged last, because a goodbye may take a while. @throws WardwireError('config')
 */
export async function applySettings(
  p: LiveParts,
  next: LoadedConfig,
  changes: SettingChanges,
  reading: Reading,
): Promise<Applied> {
  const problems: Problem[] = [];
  const taken: string[] = [];
  const restart: string[] = [];
  const section = (name: string): boolean => changes.live.some((c) => c.startsWith(`${name}.`));
  if (!same(p.spec.profiles, reading.profiles)) restart.push('baseline.profiles_dir (content)');
  if (!same(p.spec.limits, reading.limits)) restart.push('hl7.limits_file (content)');

  // may still object; nothing was touched until here
  const commands = section('commands') ? p.listen(next.settings.commands) : p.commands;
  await p.sinks.change(next, commands);
  if (commands !== p.commands) p.commands?.replays.stop();
  p.commands = commands;
  takeOver(p.config.settings, next.settings);

  p.logger.change(next.settings.log);
  if (!same(p.site, reading.site)) taken.push('inventory.site_file (content)');
  p.site = reading.site;
  p.supervisor.send({ t: 'settings', settings: next.settings, site: reading.site });
  if (section('incidents')) p.deviceLog.limits(muteLimits(next.settings, p.spec.profiles));
  if (section('metrics')) problems.push(...(await p.endpoint.change(next.settings.metrics)));

  const before = new Set(p.publisher.sinks);
  const exchanged = p.sinks.all.filter((s) => !before.has(s));
  if (exchanged.length > 0) p.devices.tellAll();
  if (exchanged.length > 0 || before.size !== p.sinks.all.length) {
    for (const e of await p.publisher.change(p.sinks.all)) problems.push({ path: 'sinks', text: e.message });
    taken.push(...exchanged.map((s) => `sink ${s.name}`));
  }
  return { taken, restart, problems };
}
