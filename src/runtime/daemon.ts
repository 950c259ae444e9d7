import { join } from 'node:path';
import { layDownPrivileges, monotonicUs, wallUs } from '../capture/index.js';
import {
  type Device,
  ExitCode,
  exitCodeOf,
  type IncidentWords,
  type InventoryChanges,
  type Logger,
  type OperatorWord,
  type VerdictDraft,
  type WardwireError,
} from '../core/index.js';
import {
  createLogger,
  createMetrics,
  createServiceManager,
  type Metrics,
  type ServiceManager,
  startHttp,
} from '../ops/index.js';
import { Commands, createPublisher } from '../publish/index.js';
import { type DeviceLog, openDeviceLog, openVerdictLog } from '../store/index.js';
import { formatVerdictLine } from '../verdict/index.js';
import { assembleSpec, besides, evidenceDirOf, type LoadedConfig, modelDirOf } from './assemble.js';
import { monotonicMs } from './clock.js';
import { deviceMessage, KnownDevices } from './devices.js';
import { EmbeddedBroker } from './embedded.js';
import { bootId } from './ids.js';
import { IncidentDesk, muteLimits } from './incident-desk.js';
import { openInLog, VERDICTS_FILE } from './incidents.js';
import { infoOf } from './info.js';
import { inventoryPath } from './inventory.js';
import type { ToControl, TrainJob } from './messages.js';
import { ModelWatch } from './model-watch.js';
import { muteDraft } from './self-verdict.js';
import { SelfWatch } from './self-watch.js';
import { createSinks, type Sinks } from './sinks.js';
import type { SensorSpec, SourceSpec } from './spec.js';
import { Supervisor } from './supervisor.js';
import { trainInWorker } from './training.js';
import { Watchdog } from './watchdog.js';

const SAVE_MS = 60_000;
const TICK_MS = 1000;
const DRAIN_MS = 8_000;

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
  readonly #logger: Logger;
  readonly #boot = bootId();
  readonly #models: ModelWatch;
  #broker: EmbeddedBroker | null = null;
  #supervisor: Supervisor | null = null;
  #publisher: ReturnType<typeof createPublisher> | null = null;
  #log: Awaited<ReturnType<typeof openVerdictLog>> | null = null;
  #deviceLog: DeviceLog | null = null;
  #devices = new KnownDevices([]);
  #words: readonly OperatorWord[] = [];
  #sinks: Sinks | null = null;
  #http: Awaited<ReturnType<typeof startHttp>> | null = null;
  #saver: NodeJS.Timeout | null = null;
  #ticker: NodeJS.Timeout | null = null;
  #desk: IncidentDesk | null = null;
  #commands: Commands | undefined;
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
    const { model_key, model_versions } = options.config.settings.baseline;
    this.#models = new ModelWatch({
      dir: modelDirOf(options.config),
      trusted: model_key,
      keep: model_versions,
      logger: this.#logger,
      orders: (orders) => {
        this.#supervisor?.send({ t: 'orders', orders });
        for (const o of orders) this.#logger.log('notice', 'baseline.order', `the operator ordered: ${o.what}`);
      },
      model: (model) => {
        this.#supervisor?.send({ t: 'model', model });
        this.#logger.log('notice', 'model.changed', `model for ${model.type} is now version ${model.version}`);
      },
    });
    this.#ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  async run(): Promise<ExitCode> {
    const stop = (): void => this.#resolve(ExitCode.Ok);
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      await this.#start();
      return await this.#ended;
    } finally {
      process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
      await this.#stop();
    }
  }

  async #start(): Promise<void> {
    const { config, source, embedded, output } = this.#o;
    const { settings } = config;
    layDownPrivileges();
    this.#manager = await createServiceManager(this.#logger);
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
    const metrics = await createMetrics({
      version: spec.version,
      budgets: { ...Object.fromEntries(spec.profiles.map((p) => [p.type, p.budgetMs / 1000])), sensor: 0.25 },
    });
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
    this.#deviceLog = await openDeviceLog({
      path: inventoryPath(config),
      settings: settings.store,
      logger: this.#logger,
      nowMs: wallUs() / 1000,
      verdictsPath: join(dataDir, VERDICTS_FILE),
      muteLimits: muteLimits(settings, spec.profiles),
      operator: (words, incidents) => this.#operator(words, incidents),
      known: () => this.#devices.all(),
      alarm: (event, text) => watch.store('inventory', event, text),
    });
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
    this.#devices = new KnownDevices(this.#deviceLog.devices);
    this.#words = this.#deviceLog.words;
    this.#sinks = await createSinks({
      commands: this.#listen(desk, metrics),
      config,
      version: spec.version,
      bootId: this.#boot,
      logger: this.#logger,
      seed: spec.seed,
      info: () => infoOf(spec),
      wallUs,
    });
    for (const d of this.#devices.all()) this.#sinks.device(d.id, deviceMessage(d));
    const publisher = createPublisher({
      sinks: this.#sinks.all,
      log,
      settings: settings.publish,
      bootId: this.#boot,
      wallUs,
      nowUs: monotonicUs,
      logger: this.#logger,
      quiet: (draft) => desk.quiet(draft),
      onHandedOver: (v, times) => {
        metrics.handedOver(v, times);
        watch.handedOver(v, times);
      },
    });
    await publisher.start();
    this.#publisher = publisher;
    const open = openInLog(config, settings.verdict.max_incidents, (why) =>
      this.#logger.log('warning', 'incidents.unread', `incidents that were open before are not known: ${why}`),
    );
    desk.start(this.#deviceLog, open);
    log.onOwed = () => publisher.owed();
    for (const draft of this.#early.splice(0)) publisher.submit(draft);
    const supervisor = new Supervisor(
      () => this.#spec(spec),
      {
        message: (m) => this.#message(m),
        blind: (from, until, cause) => watch.blind(spec, from * 1000, until * 1000, cause),
        fatal: (error) => this.#fatal(error),
      },
      this.#logger,
      () => wallUs() / 1000,
    );
    this.#supervisor = supervisor;
    this.#http = await startHttp({
      settings: settings.metrics,
      metrics,
      snapshot: () => supervisor.snapshot,
      devices: () => this.#devices.all(),
      ready: () => supervisor.up,
      nowMs: monotonicMs,
    });
    metrics.watchIncidents(() => ({ mutes: desk.mutes, acknowledged: desk.acknowledged }));
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
      devices: () => this.#devices.size,
    });
    supervisor.start();
    this.#models.start();
    this.#saver = setInterval(() => supervisor.send({ t: 'save' }), SAVE_MS);
    this.#ticker = setInterval(() => desk.tick(), TICK_MS);
    if (embedded) {
      output.out(`verdicts   ${settings.mqtt.url}  topic wardwire/v1/#`);
      output.out(`metrics    ${this.#http.url}/metrics`);
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
        return this.#inventory(m.changes);
      case 'train':
        void this.#train(m.job);
        return;
      case 'learned':
        this.#models.learned(m);
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
      case 'failed':
        return;
    }
  }

  /** Commands of subscribers, when any are switched on. */
  #listen(desk: IncidentDesk, metrics: Metrics): Commands | undefined {
    const settings = this.#o.config.settings.commands;
    if (settings.enabled.length === 0) return undefined;
    this.#commands = new Commands({
      settings,
      bootId: this.#boot,
      lastSeq: () => this.#publisher?.lastSeq ?? 0,
      range: (boot, from, to, limit) => this.#log?.range(boot, from, to, limit) ?? Promise.resolve([]),
      logger: this.#logger,
      nowMs: monotonicMs,
      execute: (command) => desk.do(command),
      counted: (command, code) => metrics.command(command, code),
    });
    return this.#commands;
  }

  /** What a sensor starts with: what is known by now. */
  #spec(spec: SensorSpec): SensorSpec {
    return {
      ...spec,
      ...this.#models.read(),
      devices: this.#devices.all(),
      operator: this.#words,
      taught: this.#desk?.taught ?? [],
      openIncidents: this.#desk?.openIncidents() ?? [],
    };
  }

  #inventory(changes: InventoryChanges<Device>): void {
    this.#deviceLog?.save(changes);
    for (const d of this.#devices.take(changes)) this.#sinks?.device(d.id, deviceMessage(d));
    for (const id of changes.gone) this.#sinks?.device(id, null);
  }

  #operator(words: readonly OperatorWord[], incidents: IncidentWords): void {
    if (JSON.stringify(words) !== JSON.stringify(this.#words)) {
      this.#words = words;
      this.#supervisor?.send({ t: 'operator', words });
      this.#logger.log('notice', 'devices.operator', `the operator's word on ${words.length} devices was taken over`);
    }
    this.#desk?.heard(incidents);
    const { acks, mutes, normals } = incidents;
    this.#logger.log(
      'info',
      'incidents.operator',
      `${acks.length} acknowledged, ${mutes.length} muted, ${normals.length} called normal`,
    );
  }

  #verdict(draft: VerdictDraft): void {
    if (this.#publisher === null) this.#early.push(draft);
    else this.#publisher.submit(draft);
    if (this.#o.embedded) this.#o.output.out(formatVerdictLine(draft.verdict));
  }

  async #train(job: TrainJob): Promise<void> {
    try {
      const { detect, baseline } = this.#o.config.settings;
      const model = await trainInWorker({ job, settings: { detect, baseline } });
      this.#models.write(model);
      this.#supervisor?.send({ t: 'model', model });
      this.#logger.log(
        'notice',
        'model.trained',
        `model for ${job.type} trained on ${job.rows.length / job.width} rows`,
      );
    } catch (error) {
      this.#logger.log('error', 'model.failed', `training for ${job.type} failed: ${(error as Error).message}`);
    }
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

  /** Capture first, then what is owed to the broker, then everything that serves. */
  async #stop(): Promise<void> {
    this.#manager?.stopping();
    this.#watchdog?.stop();
    if (this.#saver) clearInterval(this.#saver);
    if (this.#ticker) clearInterval(this.#ticker);
    this.#commands?.replays.stop();
    this.#watch?.stop();
    this.#models.stop();
    await this.#supervisor?.stop();
    await this.#publisher?.stop(DRAIN_MS);
    await this.#log?.close();
    await this.#deviceLog?.close();
    await this.#http?.close();
    await this.#broker?.stop();
    this.#manager?.close();
  }
}
