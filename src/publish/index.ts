export { FileSink, fileSettings } from './file/index.js';
export { finalise } from './finalise.js';
export { encode, FORMATS, type Format } from './formats/index.js';
export { createMqttSink, explain, mqttSettings } from './mqtt/index.js';
export {
  createPublisher,
  type OutboxLog,
  type Publisher,
  type PublisherOptions,
  type PublisherState,
} from './publisher.js';
export { publishSettings } from './settings.js';
export { SyslogSink, syslogMessage, syslogSettings } from './syslog/index.js';
