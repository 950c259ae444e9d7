export { finalise } from './finalise.js';
export { createMqttSink, explain, mqttSettings } from './mqtt/index.js';
export {
  createPublisher,
  type OutboxLog,
  type Publisher,
  type PublisherOptions,
  type PublisherState,
} from './publisher.js';
export { publishSettings } from './settings.js';
