import type { MqttSink, MqttSinkOptions } from './client.js';
import type { BrokerProbe } from './probe.js';

export { type Broker, brokersOf } from './brokers.js';
export type { MqttSink } from './client.js';
export { type MqttIdentity, mqttIdentity } from './identity.js';
export type { BrokerProbe } from './probe.js';
export { explain } from './reasons.js';
export { mqttSettings } from './settings.js';
export { deviceTopic, verdictTopic } from './topics.js';

/** The library is loaded with the first sink: a replay publishes nothing. */
export async function createMqttSink(o: MqttSinkOptions): Promise<MqttSink> {
  const { MqttSink } = await import('./client.js');
  return new MqttSink(o);
}

/** See `probe.ts`; the library is loaded for it. */
export async function probeBroker(...args: Parameters<typeof import('./probe.js').probeBroker>): Promise<BrokerProbe> {
  const probe = await import('./probe.js');
  return probe.probeBroker(...args);
}
