import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { wallUs } from '../capture/index.js';
import { readYaml } from '../config/index.js';
import { type Logger, type Problem, type VerdictSinkClient, WardwireError } from '../core/index.js';
import { webConfigProblems } from '../ops/index.js';
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
import { besides, type LoadedConfig, readConfig, secretFile } from './assemble.js';

export interface SinksOptions {
  readonly version: string;
  readonly bootId: string;
  readonly logger: Logger;
  readonly seed: number;
  /** The retained `info` message. */
  readonly info: () => Record<string, unknown>;
  readonly wallUs: () => number;
}

/** A sink that the configuration asks for. */
interface Wanted {
  readonly name: string;
  /** Everything it is made from. */
  readonly from: object;
  readonly make: () => VerdictSinkClient | Promise<VerdictSinkClient>;
}

interface Entry {
  readonly client: VerdictSinkClient;
  /** Digest of what it was made from, with the files that names. */
  readonly print: string;
  /** What brokers have besides. */
  readonly broker: MqttSink | null;
  readonly commands: Commands | undefined;
}

/** Every way out that the configuration switches on. The brokers come first: the clock of deadlines is read at the first sink. */
export class Sinks {
  readonly #o: SinksOptions;
  #entries: readonly Entry[] = [];

  constructor(o: SinksOptions) {
    this.#o = o;
  }

  get all(): readonly VerdictSinkClient[] {
    return this.#entries.map((e) => e.client);
  }

  /**
   * The sinks of a configuration. One of which nothing has changed, neither settings nor certificates, is the same as before. Answers
   * the names of the others, which are not started. `commands` of subscribers; undefined: none are heard.
   * @throws WardwireError('config') with every problem; then all is as before
   */
  async change(config: LoadedConfig, commands: Commands | undefined): Promise<string[]> {
    // an expired certificate is no reason not to watch: the other side says it, check-config does
    const problems = checkSinks(config, 0);
    if (problems.length > 0) throw new WardwireError('config', 'the sinks cannot be used as configured', problems);
    const fresh: string[] = [];
    const entries: Entry[] = [];
    const take = async ({ name, from, make }: Wanted, isBroker: boolean): Promise<void> => {
      const print = printOf(from);
      const before = this.#entries.find((e) => e.client.name === name && e.print === print);
      if (before !== undefined && (!isBroker || before.commands === commands)) return void entries.push(before);
      const client = await make();
      fresh.push(name);
      entries.push({ client, print, broker: isBroker ? (client as MqttSink) : null, commands });
    };
    const s = sinkSettings(config);
    for (const w of this.#brokers(config, s, commands)) await take(w, true);
    for (const w of this.#others(config, s)) await take(w, false);
    this.#entries = entries;
    return fresh;
  }

  #brokers(config: LoadedConfig, s: SinkSettings, commands: Commands | undefined): Wanted[] {
    const { logger, seed, wallUs, bootId, info, version } = this.#o;
    const sensor = { site: config.settings.sensor.site, name: config.settings.sensor.name, version };
    return brokersOf(s.mqtt).map(({ name, settings }) => ({
      name,
      // the list of the others is not its own
      from: { ...settings, brokers: [] },
      make: () => createMqttSink({ name, settings, sensor, bootId, logger, seed, info, wallUs, commands }),
    }));
  }

  #others(config: LoadedConfig, { file, syslog, influx, webhook }: SinkSettings): Wanted[] {
    const { logger, seed, wallUs } = this.#o;
    const host = config.settings.sensor.name;
    const all: (Wanted & { on: boolean })[] = [
      {
        on: file.path !== '',
        name: 'file',
        from: file,
        make: () => new FileSink({ path: file.path, settings: file, logger }),
      },
      {
        on: syslog.url !== '',
        name: 'syslog',
        from: syslog,
        make: () => new SyslogSink({ settings: syslog, host, logger, seed }),
      },
      {
        on: influx.url !== '',
        name: 'influx',
        from: influx,
        make: () => new InfluxSink({ settings: influx, logger, seed, wallUs }),
      },
      {
        on: webhook.url !== '',
        name: 'webhook',
        from: webhook,
        make: () => new WebhookSink({ settings: webhook, logger, seed, wallUs }),
      },
    ];
    return all.filter((w) => w.on);
  }

  /** Sets, or takes away, the retained message of a device at every broker. */
  device(id: string, body: Readonly<Record<string, unknown>> | null): void {
    for (const e of this.#entries) e.broker?.device(id, body);
  }
}

/** Digest of settings and of the content of every file they name. */
function printOf(settings: object): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const [key, value] of Object.entries(settings))
    if (key.endsWith('_file') && existsSync(value)) hash.update(readFileSync(value));
  return hash.digest('hex');
}

/** What is wrong with the settings of sinks and the files they name, at this time (ms since 1970); nothing is connected. */
export function checkSinks(config: LoadedConfig, nowMs = wallUs() / 1000): Problem[] {
  const credentials: Problem[] = [];
  const take = (p: Problem): void => void credentials.push(p);
  const settings = sinkSettings(config, take);
  const web = secretFile(config, 'metrics.web_config_file', config.settings.metrics.web_config_file, take);
  const webNamed = web !== '' && !credentials.some((c) => c.path === 'metrics.web_config_file');
  const others = [...sinkProblems(settings, nowMs), ...(webNamed ? webConfigProblems(web, readYaml) : [])];
  // that a file of such a name cannot be read follows from it
  return [...credentials, ...others.filter((p) => !credentials.some((c) => c.path === p.path))];
}

/** A settings file read and judged with all that it names. @throws WardwireError('config') with every problem at once */
export function checkedConfig(path: string): LoadedConfig {
  const config = readConfig(path);
  const problems = checkSinks(config);
  if (problems.length > 0)
    throw new WardwireError('config', `${path}: what it names cannot be used as configured`, problems);
  return config;
}

/** Settings of every sink, their files as they are found: relative to the configuration, or credentials. */
export function sinkSettings(config: LoadedConfig, problem: (p: Problem) => void = () => undefined): SinkSettings {
  const { mqtt, syslog, file, influx, webhook } = config.settings;
  const files = <T extends object>(name: string, section: T): T =>
    Object.fromEntries(
      Object.entries(section).map(([k, v]) => [
        k,
        k.endsWith('_file') && typeof v === 'string' ? secretFile(config, `${name}.${k}`, v, problem) : v,
      ]),
    ) as T;
  return {
    mqtt: { ...files('mqtt', mqtt), brokers: mqtt.brokers.map((b) => files(`mqtt.brokers '${b.name}'`, b)) },
    syslog: files('syslog', syslog),
    file: { ...file, path: file.path === '' ? '' : besides(config, file.path) },
    influx: files('influx', influx),
    webhook: files('webhook', webhook),
  };
}
