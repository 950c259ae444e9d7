import { cleanLevel, type SettingsOf } from '../../core/index.js';
import type { mqttSettings } from './settings.js';

/** Who this sensor is at a broker. */
export interface MqttIdentity {
  /** Levels its topics begin with. */
  readonly topic: readonly string[];
  readonly clientId: string;
}

/** Topics and client identifier of a sensor of a site. */
export function mqttIdentity(
  settings: Pick<SettingsOf<typeof mqttSettings>, 'client_id'>,
  sensor: { readonly site: string; readonly name: string },
): MqttIdentity {
  const site = cleanLevel(sensor.site);
  const name = cleanLevel(sensor.name);
  const clientId = settings.client_id === '' ? `wardwire-${site}-${name}` : settings.client_id;
  return { topic: ['wardwire', 'v1', site, name], clientId };
}
