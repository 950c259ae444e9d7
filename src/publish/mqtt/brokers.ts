import type { SettingsOf } from '../../core/index.js';
import type { mqttSettings } from './settings.js';

type Settings = SettingsOf<typeof mqttSettings>;

/** One broker: a sink of its own, with its own cursor in the log. */
export interface Broker {
  /** `mqtt` for `mqtt.url`, `mqtt-NAME` for those of the list. */
  readonly name: string;
  readonly settings: Settings;
}

/**
 * The brokers a configuration names. Those of the list have address and credentials of their own (never those of another broker)
 * and share what is said of times and windows.
 */
export function brokersOf(settings: Settings): Broker[] {
  const first = settings.url === '' ? [] : [{ name: 'mqtt', settings }];
  return [
    ...first,
    ...settings.brokers.map(({ name, ...own }) => ({ name: `mqtt-${name}`, settings: { ...settings, ...own } })),
  ];
}
