import type { MqttSink, MqttSinkOptions } from './client.js';

export { type Broker, brokersOf } from './brokers.js';
export type { MqttSink } from './client.js';
export { type MqttIdentity, mqttIdentity } from './identity.js';
export { explain } from './reasons.js';
export { mqttSettings } from './settings.js';
export { deviceTopic, verdictTopic } from './topics.js';

/** The library is loaded with the first sink: a replay publishes nothing. */
export async function createMqttSink(o: MqttSinkOptions): Promise<MqttSink> {
  const { MqttSink } = await import('./client.js');
  return new MqttSink(o);
}
