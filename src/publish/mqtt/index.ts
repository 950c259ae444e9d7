import { MqttSink, type MqttSinkOptions } from './client.js';

export { explain } from './reasons.js';
export { mqttSettings } from './settings.js';

export function createMqttSink(o: MqttSinkOptions): MqttSink {
  return new MqttSink(o);
}
