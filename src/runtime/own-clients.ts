import { brokersOf, mqttIdentity } from '../publish/index.js';
import type { Settings } from './manifest.js';

/** Who this sensor itself is at its brokers: the rules must not take it for a stranger. */
export class OwnClients {
  /** Levels its topics begin with, and tokens of its client identifiers; kept by the rules. */
  readonly own: { readonly topic: readonly string[]; readonly clientTokens: string[] };

  constructor(
    private readonly settings: Settings,
    private readonly token: (scope: string, text: string) => string,
  ) {
    this.own = { topic: mqttIdentity(settings.mqtt, settings.sensor).topic, clientTokens: [] };
    this.reload();
  }

  /** As the settings are now. */
  reload(): void {
    const { mqtt, sensor } = this.settings;
    const names = brokersOf(mqtt).map((b) => mqttIdentity(b.settings, sensor).clientId);
    this.own.clientTokens.splice(0, this.own.clientTokens.length, ...names.map((n) => this.token('mqtt', n)));
  }
}
