import { wallUs } from '../capture/index.js';
import { type Logger, type Problem, type VerdictSinkClient, WardwireError } from '../core/index.js';
import {
  brokersOf,
  type Commands,
  createMqttSink,
  FileSink,
  InfluxSink,
  type MqttSink,
  type SinkSettings,
  SyslogSink,
  sinkProblems,
  WebhookSink,
} from '../publish/index.js';
import { besides, type LoadedConfig } from './assemble.js';

export interface SinksOptions {
  readonly config: LoadedConfig;
  readonly version: string;
  readonly bootId: string;
  readonly logger: Logger;
  readonly seed: number;
  /** The retained `info` message. */
  readonly info: () => Record<string, unknown>;
  readonly wallUs: () => number;
  /** Commands of subscribers; undefined: none are heard. */
  readonly commands: Commands | undefined;
}

/** Every way out that the configuration switches on. */
export interface Sinks {
  readonly all: readonly VerdictSinkClient[];
  /** Sets, or takes away, the retained message of a device at every broker. */
  device(id: string, body: Readonly<Record<string, unknown>> | null): void;
}

/** The brokers first: the clock of deadlines is read at the first sink. @throws WardwireError('config') with every problem */
export async function createSinks(o: SinksOptions): Promise<Sinks> {
  const { config, logger, seed } = o;
  // an expired certificate is no reason not to watch: the other side says it, check-config does
  const problems = checkSinks(config, 0);
  if (problems.length > 0) throw new WardwireError('config', 'the sinks cannot be used as configured', problems);
  const { sensor } = config.settings;
  const s = sinkSettings(config);
  const brokers: MqttSink[] = [];
  for (const { name, settings } of brokersOf(s.mqtt)) {
    const { site, name: host } = sensor;
    const who = { site, name: host, version: o.version };
    brokers.push(
      await createMqttSink({
        name,
        settings,
        sensor: who,
        bootId: o.bootId,
        logger,
        seed,
        info: o.info,
        wallUs: o.wallUs,
        commands: o.commands,
      }),
    );
  }
  const all: VerdictSinkClient[] = [...brokers];
  if (s.file.path !== '') all.push(new FileSink({ path: s.file.path, settings: s.file, logger }));
  if (s.syslog.url !== '') all.push(new SyslogSink({ settings: s.syslog, host: sensor.name, logger, seed }));
  if (s.influx.url !== '') all.push(new InfluxSink({ settings: s.influx, logger, seed, wallUs: o.wallUs }));
  if (s.webhook.url !== '') all.push(new WebhookSink({ settings: s.webhook, logger, seed, wallUs: o.wallUs }));
  return {
    all,
    device: (id, body) => {
      for (const b of brokers) b.device(id, body);
    },
  };
}

/** What is wrong with the settings of sinks and the files they name, at this time (ms since 1970); nothing is connected. */
export function checkSinks(config: LoadedConfig, nowMs = wallUs() / 1000): Problem[] {
  return sinkProblems(sinkSettings(config), nowMs);
}

/** Settings of every sink, their files relative to the configuration that names them. */
function sinkSettings(config: LoadedConfig): SinkSettings {
  const { mqtt, syslog, file, influx, webhook } = config.settings;
  const path = (p: string): string => (p === '' ? '' : besides(config, p));
  const files = <T extends object>(section: T): T =>
    Object.fromEntries(
      Object.entries(section).map(([k, v]) => [k, k.endsWith('_file') && typeof v === 'string' ? path(v) : v]),
    ) as T;
  return {
    mqtt: { ...files(mqtt), brokers: mqtt.brokers.map(files) },
    syslog: files(syslog),
    file: { ...file, path: path(file.path) },
    influx: files(influx),
    webhook: files(webhook),
  };
}
