export { declaredOnly, VERDICT_FIELDS } from './allow-list.js';
export { type SinkSettings, sinkProblems } from './check.js';
export { Commands, commandSchema, commandSettings } from './commands/index.js';
export { FAULTS } from './faults.js';
export { FileSink, fileSettings } from './file/index.js';
export { finalise, type Stamp } from './finalise.js';
export { encode, FORMATS, type Format } from './formats/index.js';
export { InfluxSink, influxSettings, toLine } from './influx/index.js';
export {
  type BrokerProbe,
  brokersOf,
  createMqttSink,
  deviceTopic,
  explain,
  type MqttSink,
  mqttIdentity,
  mqttSettings,
  probeBroker,
  verdictTopic,
} from './mqtt/index.js';
export {
  createPublisher,
  type HandOver,
  type OutboxLog,
  type Publisher,
  type PublisherOptions,
} from './publisher.js';
export { reach } from './reach.js';
export { publishSettings } from './settings.js';
export { SyslogSink, syslogMessage, syslogSettings } from './syslog/index.js';
export { readSecrets, signature, WebhookSink, webhookSettings } from './webhook/index.js';
