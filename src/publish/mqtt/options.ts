import mqtt, { type IClientOptions } from 'mqtt';
import type { SettingsOf } from '../../core/index.js';
import { firstLine, settingFile } from '../setting-file.js';
import type { mqttSettings } from './settings.js';

/** How a client connects to a broker, by its settings. @throws WardwireError('config') when a file cannot be read */
export function brokerOptions(s: SettingsOf<typeof mqttSettings>, clientId: string): IClientOptions {
  const file = (setting: string, path: string): Buffer | undefined => settingFile(`mqtt.${setting}`, path);
  return {
    protocolVersion: s.protocol_version === '5' ? 5 : 4,
    clientId,
    username: s.username === '' ? undefined : s.username,
    password: firstLine('mqtt.password_file', s.password_file),
    ca: file('ca_file', s.ca_file),
    cert: file('cert_file', s.cert_file),
    key: file('key_file', s.key_file),
    ...(s.servername === '' ? {} : { servername: s.servername }),
    keepalive: s.keepalive_s,
    clean: true,
    connectTimeout: s.connect_timeout_ms,
    reconnectPeriod: 0,
    queueQoSZero: false,
    messageIdProvider: new mqtt.UniqueMessageIdProvider(),
  };
}
