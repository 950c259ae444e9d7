import mqtt from 'mqtt';
import { type SettingsOf, WardwireError } from '../../core/index.js';
import { mqttIdentity } from './identity.js';
import { brokerOptions } from './options.js';
import { explain } from './reasons.js';
import type { mqttSettings } from './settings.js';

/** What a broker answered; texts in plain words, null: as it should be. */
export interface BrokerProbe {
  /** Why no session could be opened. */
  readonly session: string | null;
  /** Why nothing may be written; always null with MQTT 3.1.1, which hides refusals. */
  readonly write: string | null;
  /** Why commands cannot be heard; null also when none are to be heard. */
  readonly commands: string | null;
}

/**
 * Opens a session of its own beside the sensor's (its client identifier with `-doctor`), says one word on the sensor's topic `health`, which is
 * not retained, and asks for commands when `commands`; then says goodbye.
 */
export async function probeBroker(
  settings: SettingsOf<typeof mqttSettings>,
  sensor: { readonly site: string; readonly name: string },
  commands: boolean,
): Promise<BrokerProbe> {
  const { topic, clientId } = mqttIdentity(settings, sensor);
  const root = topic.join('/');
  let options: mqtt.IClientOptions;
  try {
    options = brokerOptions(settings, `${clientId}-doctor`);
  } catch (error) {
    const text = error instanceof WardwireError ? (error.problems[0]?.text ?? error.message) : String(error);
    return { session: text, write: null, commands: null };
  }
  const client = mqtt.connect(settings.url, options);
  const words = (error: Error & { code?: number | string }, when: 'session' | 'write'): string =>
    explain(error.code, error.message, when).text;
  const session = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => resolve('it does not answer'), settings.connect_timeout_ms);
    const done = (text: string | null): void => {
      clearTimeout(timer);
      resolve(text);
    };
    client.once('connect', () => done(null));
    client.on('error', (e) => done(words(e, 'session')));
    client.once('close', () => done('it closed the connection'));
  });
  const within = async (what: Promise<unknown>): Promise<string | null> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it does not answer')), settings.connect_timeout_ms);
    });
    try {
      await Promise.race([what, late]);
      return null;
    } catch (error) {
      return words(error as Error, 'write');
    } finally {
      clearTimeout(timer);
    }
  };
  let write: string | null = null;
  let heard: string | null = null;
  if (session === null) {
    const body = JSON.stringify({ schema: 'wardwire.health.v1', probe: true });
    write = await within(client.publishAsync(`${root}/health`, body, { qos: 1 }));
    if (commands) heard = await within(client.subscribeAsync(`${root}/cmd/+`, { qos: 1 }));
  }
  client.removeAllListeners('error');
  client.on('error', () => undefined);
  client.end(true);
  return { session, write, commands: heard };
}
