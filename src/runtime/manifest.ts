import { baselineSettings } from '../baseline/index.js';
import { captureSettings } from '../capture/index.js';
import type { SettingsOf } from '../core/index.js';
import { settingsDefaults } from '../core/index.js';
import { detectSettings } from '../detect/index.js';
import { evidenceSettings } from '../evidence/index.js';
import { featuresSettings } from '../features/index.js';
import { flowSettings } from '../flow/index.js';
import { inventorySettings } from '../inventory/index.js';
import { layersSettings } from '../layers/index.js';
import { controlSettings, logSettings, metricsSettings } from '../ops/index.js';
import { dicomSettings, hl7Settings, protocolsSettings } from '../protocols/index.js';
import {
  commandSettings,
  fileSettings,
  influxSettings,
  mqttSettings,
  publishSettings,
  syslogSettings,
  webhookSettings,
} from '../publish/index.js';
import { storeSettings } from '../store/index.js';
import { incidentSettings, sensorSettings, verdictSettings } from '../verdict/index.js';
import { trustSettings } from './trust-settings.js';

/** Every section of the configuration file, in the order of the data path: the one list that is the truth. */
export const MANIFEST = [
  sensorSettings,
  captureSettings,
  layersSettings,
  flowSettings,
  protocolsSettings,
  dicomSettings,
  hl7Settings,
  inventorySettings,
  featuresSettings,
  baselineSettings,
  detectSettings,
  verdictSettings,
  incidentSettings,
  evidenceSettings,
  trustSettings,
  mqttSettings,
  commandSettings,
  syslogSettings,
  fileSettings,
  influxSettings,
  webhookSettings,
  publishSettings,
  storeSettings,
  metricsSettings,
  controlSettings,
  logSettings,
] as const;

/** All values, by section and key: `settings.capture.buffer_mib`. */
export type Settings = {
  [S in (typeof MANIFEST)[number] as S['name']]: SettingsOf<S>;
};

/** The defaults of every section. */
export function defaultSettings(): Settings {
  return Object.fromEntries(MANIFEST.map((s) => [s.name, settingsDefaults(s as never)])) as unknown as Settings;
}
