import { join } from 'node:path';
import { monotonicUs, wallUs } from '../capture/index.js';
import { ExitCode, exitCodeOf, type VerdictDraft, type WardwireError } from '../core/index.js';
import {
  createLogger,
  createServiceManager,
  type Metrics,
  type ServiceLogger,
  type ServiceManager,
} from '../ops/index.js';
import { Commands, createPublisher } from '../publish/index.js';
import { type DeviceLog, openDeviceLog, openVerdictLog } from '../store/index.js';
import { formatVerdictLine } from '../verdict/index.js';
import { applySettings, type LiveParts } from './apply-settings.js';
import { assembleSpec, besides, evidenceDirOf, type LoadedConfig, neededSecret } from './assemble.js';
import { monotonicMs, within } from './clock.js';
import { Control } from './control.js';
import { DeviceDesk } from './device-desk.js';
import { EmbeddedBroker } from './embedded.js';
import { Endpoint, metricsOf } from './endpoint.js';
import { bootId } from './ids.js';
import { IncidentDesk, muteLimits } from './incident-desk.js';
import { openInLog, VERDICTS_FILE } from './incidents.js';
import { infoOf } from './info.js';
import { inventoryPath } from './inventory.js';
import { Learning } from './learning.js';
import type { Settings } from './manifest.js';
import type { ToControl } from './messages.js';
import { layDown } from './privileges.js';
import { Reloader } from './reloader.js';
import { muteDraft } from './self-verdict.js';
import { SelfWatch } from './self-watch.js';
import { Sensors } from './sensors.js';
import { Signals } from './signals.js';
import { Sinks } from './sinks.js';
import type { SensorSpec, SourceSpec } from './spec.js';
import { Watchdog } from './watchdog.js';

const SAVE_MS = 60_000;
const TICK_MS = 1000;
/** The whole stop takes no longer than this, ms: service managers end by force after ten seconds. */
const STOP_MS = 9_000;
/** Of which the sensor has so much for what it holds; one that hangs is ended then, ms. */
const SENSOR_STOP_MS = 4_000;
/** Time that is kept for closing files, ms. */
const CLOSE_MS = 1_500;

export interface DaemonOptions {
  readonly config: LoadedConfig;
  readonly source: SourceSpec;
  /** Own broker on loopback, verdict lines on standard output. */
  readonly embedded: boolean;
  readonly output: { out(text: string): void; err(text: string): void };
}

/**
 * The control process: broker, database, metrics, training; forks the sensor and keeps it alive. Resolves with the exit
 * code when asked to stop (SIGINT, SIGTERM) or when the sensor cannot run at all.
 */
export async function runDaemon(options: DaemonOptions): Promise<ExitCode> {
  const daemon = new Daemon(options);
  return daemon.run();
}

class Daemon {
  readonly #o: DaemonOptions;
  readonly #logger: ServiceLogger;
  readonly #boot = bootId();
  readonly #learning: Learning;
  #broker: EmbeddedBroker | null = null;
  #supervisor: Sensors | null = null;
  #publisher: ReturnType<typeof createPublisher> | null = null;
  #log: Awaited<ReturnType<typeof openVerdictLog>> | null = null;
  #deviceLog: DeviceLog | null = null;
  #devices: DeviceDesk | null = null;
  #endpoint: Endpoint | null = null;
  #live: LiveParts | null = null;
  #reloader: Reloader | null = null;
  #control: Control | null = null;
  #saver: NodeJS.Timeout | null = null;
  #ticker: NodeJS.Timeout | null = null;
  #desk: IncidentDesk | null = null;
  #watch: SelfWatch | null = null;
  /** Said before there was a publisher. */
  #early: VerdictDraft[] = [];
  #manager: ServiceManager | null = null;
  #watchdog: Watchdog | null = null;
  #resolve: (code: ExitCode) => void = () => undefined;
  readonly #ended: Promise<ExitCode>;

  constructor(options: DaemonOptions) {
    this.#o = options;
    this.#logger = createLogger(options.config.settings.log);
    this.#learning = new Learning({
      config: options.config,
      logger: this.#logger,
      send: (m) => this.#supervisor?.send(m),
    });
    this.#ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  async run(): Promise<ExitCode> {
    const signals = new Signals({
      stop: () => this.#resolve(ExitCode.Ok),
      // a demonstration ends with its terminal
      reload: () => (this.#o.embedded ? this.#resolve(ExitCode.Ok) : void this.#reloader?.reload()),
      dump: () => this.#control?.dumpOrSay(),
    });
    try {
      await this.#start();
      return await this.#ended;
    } finally {
      signals.off();
      await this.#stop();
    }
  }

  async #start(): Promise<void> {
    const { config, source, embedded, output } = this.#o;
    const { settings } = config;
    layDown(this.#logger);
    this.#manager = await createServiceManager(this.#logger, monotonicUs);
    if (embedded) {
      this.#broker = new EmbeddedBroker();
      const port = await this.#broker.start(Number(new URL(settings.mqtt.url).port));
      this.#logger.log('info', 'broker.embedded', `embedded MQTT broker on 127.0.0.1:${port}`);
    }
    // models and the learned state are read at every start of a sensor
    const spec = assembleSpec(config, source, {
      modelDir: null,
      makeKey: true,
      evidenceDir: evidenceDirOf(config),
    });
    const supervisor = new Sensors(
      spec,
      () => this.#spec(spec),
      {
        message: (m) => this.#message(m),
        blind: (from, until, cause) => {
          this.#control?.board.blind(from, until, cause);
          this.#watch?.blind(spec, from * 1000, until * 1000, cause);
        },
        fatal: (error) => this.#fatal(error),
      },
      this.#logger,
      () => wallUs() / 1000,
    );
    this.#supervisor = supervisor;
    supervisor.prepare();
    const metrics = await metricsOf(spec);
    const watch = new SelfWatch(spec, (draft) => this.#verdict(draft), wallUs, monotonicUs);
    this.#watch = watch;
    const dataDir = besides(config, settings.store.data_dir);
    this.#log = await openVerdictLog({
      path: join(dataDir, VERDICTS_FILE),
      settings: settings.store,
      logger: this.#logger,
      nowMs: wallUs() / 1000,
      alarm: (event, text, count) => watch.store('log', event, text, count),
    });
    const log = this.#log;
    const desk = new IncidentDesk({
      logger: this.#logger,
      wallUs,
      seed: spec.seed,
      max: settings.verdict.max_incidents,
      tell: (draft) => this.#verdict(draft),
      announce: (m) => this.#verdict(muteDraft(spec, m, wallUs())),
      taught: (taught) => this.#supervisor?.send({ t: 'taught', taught }),
      counted: (what) => metrics.incident(what),
    });
    this.#desk = desk;
    const devices = new DeviceDesk({
      logger: this.#logger,
      incidents: desk,
      send: (m) => this.#supervisor?.send(m),
    });
    this.#devices = devices;
    this.#deviceLog = await openDeviceLog({
      path: inventoryPath(config),
      settings: settings.store,
      logger: this.#logger,
      nowMs: wallUs() / 1000,
      verdictsPath: join(dataDir, VERDICTS_FILE),
      muteLimits: muteLimits(settings, spec.profiles),
      operator: (words, incidents) => devices.operator(words, incidents),
      known: () => devices.devices.all(),
      alarm: (event, text) => watch.store('inventory', event, text),
    });
    const listen = (own: Settings['commands']) => this.#listen(own, desk, metrics);
    const commands = listen(settings.commands);
    const sinks = new Sinks({
      version: spec.version,
      bootId: this.#boot,
      logger: this.#logger,
      seed: spec.seed,
      info: () => infoOf(spec),
      wallUs,
    });
    await sinks.change(config, commands);
    devices.start(this.#deviceLog, sinks);
    const publisher = createPublisher({
      sinks: sinks.all,
      log,
      settings: settings.publish,
      bootId: this.#boot,
      wallUs,
      nowUs: monotonicUs,
      logger: this.#logger,
      quiet: (draft) => desk.quiet(draft),
      onTaken: (v, quiet) => this.#control?.verdict(v, quiet),
      onHandedOver: (v, times) => {
        metrics.handedOver(v, times);
        watch.handedOver(v, times);
      },
      onAcknowledged: (sink, us) => metrics.acknowledged(sink, us),
    });
    await publisher.start();
    this.#publisher = publisher;
    const open = openInLog(config, settings.verdict.max_incidents, (why) =>
      this.#logger.log('warning', 'incidents.unread', `incidents that were open before are not known: ${why}`),
    );
    desk.start(this.#deviceLog, open);
    log.onOwed = () => publisher.owed();
    for (const draft of this.#early.splice(0)) publisher.submit(draft);
    const endpoint = new Endpoint({
      metrics,
      snapshot: () => supervisor.snapshot,
      devices: () => devices.devices.all(),
      ready: () => supervisor.up,
      version: spec.version,
      logger: this.#logger,
      file: (path) => neededSecret(config, 'metrics.web_config_file', path),
      nowMs: monotonicMs,
    });
    this.#endpoint = endpoint;
    await endpoint.open(settings.metrics);
    const people = () => ({ mutes: desk.mutes, acknowledged: desk.acknowledged });
    metrics.watchIncidents(people);
    metrics.watch(
      () => publisher.state(),
      () => ({ up: supervisor.up, restarts: supervisor.restarts }),
      () => log.numbers(),
    );
    this.#watchdog = new Watchdog({
      supervisor,
      threads: { verdict_log: this.#log, device_log: this.#deviceLog },
      manager: this.#manager,
      metrics,
      logger: this.#logger,
      nowMs: () => wallUs() / 1000,
      devices: () => devices.devices.size,
    });
    const live: LiveParts = {
      ...{ config, spec, sinks, publisher, endpoint, supervisor, commands, listen },
      logger: this.#logger,
      devices,
      deviceLog: this.#deviceLog,
      site: spec.site,
    };
    this.#live = live;
    const reloader = new Reloader({
      ...{ config, metrics },
      fixed: embedded ? 'a demonstration has no settings of its own to read again' : null,
      manager: this.#manager,
      logger: this.#logger,
      nowMs: () => wallUs() / 1000,
      status: () => this.#watchdog?.status() ?? '',
      apply: (next, changes, reading) => applySettings(live, next, changes, reading),
    });
    this.#reloader = reloader;
    this.#control = new Control({
      ...{ config, metrics, reloader, watchdog: this.#watchdog },
      logger: this.#logger,
      devices: () => devices.devices.all(),
      status: {
        ...{ spec, supervisor, bootId: this.#boot },
        publisher: () => publisher.state(),
        log: () => log.numbers(),
        incidents: people,
        models: () => this.#learning.models.versions,
        reload: () => reloader.last,
      },
    });
    await this.#control.start();
    supervisor.start();
    this.#learning.models.start();
    this.#saver = setInterval(() => supervisor.send({ t: 'save' }), SAVE_MS);
    this.#ticker = setInterval(() => desk.tick(), TICK_MS);
    if (embedded) {
      output.out(`verdicts   ${settings.mqtt.url}  topic wardwire/v1/#`);
      output.out(`metrics    ${endpoint.url}/metrics`);
      output.out(`data       ${dataDir}`);
    }
  }

  #message(m: ToControl): void {
    switch (m.t) {
      case 'verdict':
        return this.#verdict(m.draft);
      case 'notice':
        if (m.notice.text !== '') this.#logger.log('notice', `source.${m.notice.state}`, m.notice.text);
        return;
      case 'trouble':
        this.#logger.log('warning', m.event, m.text);
        return;
      case 'inventory':
        return this.#devices?.inventory(m.changes);
      case 'train':
        void this.#learning.train(m.job);
        return;
      case 'learned':
        this.#learning.models.learned(m);
        return;
      case 'refused':
        this.#logger.log('error', 'model.refused', m.text);
        return;
      case 'overload':
        return this.#watch?.overload(m.rung, m.lagMs);
      case 'doubts':
        return this.#watch?.doubts(m.words);
      case 'ended':
        if (this.#o.embedded && this.#o.source.kind === 'files')
          this.#o.output.out('the capture has ended; still serving, Ctrl-C stops');
        return;
      case 'up':
        this.#manager?.ready(this.#watchdog?.status() ?? '');
        return;
      case 'counters':
        return this.#control?.board.counted();
      case 'failed':
        return;
    }
  }

  /** Commands of subscribers, when any are switched on. */
  #listen(settings: Settings['commands'], desk: IncidentDesk, metrics: Metrics): Commands | undefined {
    if (settings.enabled.length === 0) return undefined;
    return new Commands({
      settings,
      bootId: this.#boot,
      lastSeq: () => this.#publisher?.lastSeq ?? 0,
      range: (boot, from, to, limit) => this.#log?.range(boot, from, to, limit) ?? Promise.resolve([]),
      logger: this.#logger,
      nowMs: monotonicMs,
      execute: (command) => desk.do(command),
      counted: (command, code) => metrics.command(command, code),
    });
  }

  /** What a sensor starts with: what is known by now. */
  #spec(spec: SensorSpec): SensorSpec {
    return {
      ...spec,
      ...this.#learning.models.read(),
      devices: this.#devices?.devices.all() ?? [],
      operator: this.#devices?.words ?? [],
      site: this.#live?.site ?? spec.site,
      taught: this.#desk?.taught ?? [],
      openIncidents: this.#desk?.openIncidents() ?? [],
    };
  }

  #verdict(draft: VerdictDraft): void {
    if (this.#publisher === null) this.#early.push(draft);
    else this.#publisher.submit(draft);
    if (this.#o.embedded) this.#o.output.out(formatVerdictLine(draft.verdict));
  }

  #fatal(error: WardwireError): void {
    this.#o.output.err(
      [
        `wardwire: ${error.message}`,
        ...error.problems.map((p) => `  ${p.path}: ${p.text}${p.hint ? ` (${p.hint})` : ''}`),
      ].join('\n'),
    );
    this.#resolve(exitCodeOf(error));
  }

  /** Within the deadline: capture first, then what is owed to the broker, then everything that serves. */
  async #stop(): Promise<void> {
    this.#manager?.stopping();
    this.#watchdog?.stop();
    if (this.#saver) clearInterval(this.#saver);
    if (this.#ticker) clearInterval(this.#ticker);
    this.#live?.commands?.replays.stop();
    this.#watch?.stop();
    this.#learning.models.stop();
    const end = monotonicMs() + STOP_MS;
    const left = (): number => Math.max(200, end - monotonicMs());
    await this.#supervisor?.stop(SENSOR_STOP_MS);
    await this.#publisher?.stop(left() - CLOSE_MS);
    await within(left(), [this.#log?.close(), this.#deviceLog?.close(), this.#learning.models.settled()]);
    await within(left(), [this.#control?.close(), this.#endpoint?.close(), this.#broker?.stop()]);
    this.#manager?.close();
  }
}
