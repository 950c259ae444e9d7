import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type LaneState, type PublisherState, SEVERITIES, type Verdict } from '../core/index.js';
import { Told } from './told.js';

/** Edges at 0.025 and 0.05 are exact: the share within a ventilator's or a monitor's budget is a bucket ratio. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.025, 0.035, 0.05, 0.1, 0.25, 1];
/** Default metrics that are gauges with a counter's name: promtool objects to them. */
const NOT_CLEAN = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export interface MetricsOptions {
  readonly version: string;
  /** Commit the package was built from, '' unknown. */
  readonly revision?: string;
  /** Device types with their budget in seconds: their series start at zero. */
  readonly budgets: Readonly<Record<string, number>>;
}

/** Figures of the verdict log. */
export interface LogNumbers {
  readonly bytes: number;
  readonly limitBytes: number;
  readonly waiting: number;
  readonly writable: boolean;
  /** When the oldest verdict that is owed was observed, ms since 1970; 0 nothing is owed. */
  readonly oldestMs: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly expired: number;
}

/** Time from packet to hand-over, µs, whole and by stage. */
export interface HandOverTimes {
  readonly latencyUs: number;
  readonly stages: Readonly<Record<Stage, number>>;
}

const STAGES = ['capture', 'decode', 'score', 'ipc', 'publish'] as const;
type Stage = (typeof STAGES)[number];

/** One metric, whatever its labels say. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** What the library keeps of a metric. */
interface PromMetric {
  readonly name: string;
  readonly help: string;
  readonly type?: string;
  readonly labelNames?: readonly string[];
}

function typeOf(metric: unknown): string {
  if (metric instanceof Histogram) return 'histogram';
  return metric instanceof Counter ? 'counter' : 'gauge';
}

const isBroker = (sink: string): boolean => sink === 'mqtt' || sink.startsWith('mqtt-');

/** The control process's own metrics (prom-client). */
export class Metrics {
  readonly #registry = new Registry();
  /** Verdicts by device. */
  readonly told = new Told();
  readonly #latency;
  readonly #stages;
  readonly #acks;
  readonly #verdicts;
  readonly #late;
  readonly #kept;
  readonly #commands;
  #publisher: (() => PublisherState) | null = null;
  #sensor: (() => { up: boolean; restarts: number }) | null = null;
  #log: (() => LogNumbers) | null = null;

  constructor(o: MetricsOptions) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    for (const name of NOT_CLEAN) this.#registry.removeSingleMetric(name);
    new Gauge({
      name: 'wardwire_build_info',
      help: 'Version running.',
      labelNames: ['version', 'revision', 'node_version'],
      registers,
    }).set({ version: o.version, revision: o.revision ?? '', node_version: process.version }, 1);
    this.#latency = new Histogram({
      name: 'wardwire_verdict_latency_seconds',
      help: 'Time from the deciding packet to the hand-over to the broker socket.',
      labelNames: ['device_type'],
      buckets: BUCKETS,
      registers,
    }); // prettier-ignore
    this.#stages = new Histogram({
      name: 'wardwire_stage_latency_seconds',
      help: 'Time of a verdict in each stage from packet to broker socket.',
      labelNames: ['stage'],
      buckets: BUCKETS,
      registers,
    }); // prettier-ignore
    for (const stage of STAGES) this.#stages.zero({ stage });
    this.#acks = new Histogram({
      name: 'wardwire_mqtt_ack_seconds',
      help: 'Time from the hand-over of a verdict to the acknowledgement of the broker.',
      labelNames: ['sink'],
      buckets: BUCKETS,
      registers,
    }); // prettier-ignore
    this.#verdicts = new Counter({
      name: 'wardwire_verdicts_total',
      help: 'Verdicts handed over.',
      labelNames: ['device_type', 'severity'],
      registers,
    });
    this.#late = new Counter({
      name: 'wardwire_sla_violations_total',
      help: 'Verdicts handed over after the budget of their device type.',
      labelNames: ['device_type'],
      registers,
    });
    this.#kept = new Counter({
      name: 'wardwire_verdicts_kept_total',
      help: 'Verdicts that were logged and not sent: muted, or updates of an acknowledged incident; and those that ended a mute.',
      labelNames: ['what'],
      registers,
    });
    for (const what of ['muted', 'acknowledged', 'broke_mute']) this.#kept.inc({ what }, 0);
    this.#commands = new Counter({
      name: 'wardwire_commands_total',
      help: 'Commands that came over a broker.',
      labelNames: ['command', 'result'],
      registers,
    });
    const budget = new Gauge({
      name: 'wardwire_sla_budget_seconds',
      help: 'Budget from packet to verdict.',
      labelNames: ['device_type'],
      registers,
    });
    for (const [device_type, seconds] of Object.entries(o.budgets)) {
      budget.set({ device_type }, seconds);
      this.#latency.zero({ device_type });
      this.#late.inc({ device_type }, 0);
      for (const severity of SEVERITIES) this.#verdicts.inc({ device_type, severity }, 0);
    }
    this.#follow(registers);
  }

  /** A verdict was handed to the broker socket. */
  handedOver(v: Verdict, { latencyUs, stages }: HandOverTimes): void {
    const device_type = v.device.type;
    this.#latency.observe({ device_type }, Math.max(0, latencyUs) / 1e6);
    this.#verdicts.inc({ device_type, severity: v.severity });
    if (!v.within_budget) this.#late.inc({ device_type });
    // not issued_at: of a replay that is the time of the capture
    this.told.take(v, Date.now());
    for (const stage of STAGES) this.#stages.observe({ stage }, Math.max(0, stages[stage]) / 1e6);
  }

  /** A sink acknowledged a verdict so long after the hand-over, µs. */
  acknowledged(sink: string, us: number): void {
    if (isBroker(sink)) this.#acks.observe({ sink }, us / 1e6);
  }

  /** Name, type, help and labels of every metric here. */
  families(): MetricFamily[] {
    return this.#registry.getMetricsAsArray().map((m) => {
      const { name, help, type, labelNames } = m as unknown as PromMetric;
      return { name, help, type: type ?? typeOf(m), labels: [...(labelNames ?? [])] };
    });
  }

  /** A verdict was kept from the sinks by a person's word, or ended a mute. */
  incident(what: 'muted' | 'acknowledged' | 'broke_mute'): void {
    this.#kept.inc({ what });
  }

  /** A command came over a broker. */
  command(command: string, result: string): void {
    this.#commands.inc({ command, result });
  }

  /** Whom to ask for what people said of incidents. */
  watchIncidents(read: () => { mutes: number; acknowledged: number }): void {
    const registers = [this.#registry];
    const gauge = (name: string, help: string, what: 'mutes' | 'acknowledged'): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read()[what]);
        },
      }); // prettier-ignore
    };
    gauge('wardwire_mutes_active', 'Mutes in force.', 'mutes');
    gauge('wardwire_incidents_acknowledged', 'Open incidents that somebody has acknowledged.', 'acknowledged');
  }

  /** Whom to ask for the publisher's, the sensor's and the verdict log's state at scrape time. */
  watch(publisher: () => PublisherState, sensor: () => { up: boolean; restarts: number }, log: () => LogNumbers): void {
    this.#log = log;
    this.#publisher = publisher;
    this.#sensor = sensor;
  }

  /** Whom to ask for who is connected to the control socket. */
  watchControl(read: () => { readers: number; refused: number; missed: number }): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'wardwire_tail_readers',
      help: 'Connections that follow live verdicts.',
      registers,
      collect() {
        this.set(read().readers);
      },
    }); // prettier-ignore
    const counter = (name: string, help: string, value: () => number): void => {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(value());
        },
      }); // prettier-ignore
    };
    counter(
      'wardwire_control_refused_total',
      'Connections to the control socket beyond control.max_clients.',
      () => read().refused,
    );
    counter('wardwire_tail_missed_total', 'Verdicts left out for slow readers of wardwire tail.', () => read().missed);
  }

  /** Whom to ask for what became of the newest reload of the settings; the start counts as the first. */
  watchReload(read: () => { ok: boolean; successMs: number }): void {
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(value());
        },
      }); // prettier-ignore
    };
    gauge('wardwire_config_last_reload_successful', '1 while the newest reading of the settings had no error.', () =>
      Number(read().ok),
    );
    gauge(
      'wardwire_config_last_reload_success_timestamp_seconds',
      'When settings were read without an error last.',
      () => read().successMs / 1000,
    );
  }

  /** Whom to ask when each thread and process moved last, ms since 1970. */
  watchProgress(read: () => [name: string, ms: number][]): void {
    new Gauge({
      name: 'wardwire_thread_heartbeat_timestamp_seconds',
      help: 'When a thread or process made progress last.',
      labelNames: ['thread'],
      registers: [this.#registry],
      collect() {
        for (const [thread, ms] of read()) this.set({ thread }, ms / 1000);
      },
    }); // prettier-ignore
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #follow(registers: Registry[]): void {
    const gauge = (name: string, help: string, read: () => number | undefined): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          const n = read();
          if (n !== undefined) this.set(n);
        },
      }); // prettier-ignore
    };
    const counter = (name: string, help: string, read: () => number | undefined): void => {
      new Counter({
        name,
        help,
        registers,
        collect() {
          const n = read();
          if (n !== undefined) {
            this.reset();
            this.inc(n);
          }
        },
      }); // prettier-ignore
    };
    const p = (): PublisherState | undefined => this.#publisher?.();
    gauge(
      'wardwire_clock_timestamp_seconds',
      'Wall clock of the sensor at the scrape, to be compared with the clock of who scrapes.',
      () => Date.now() / 1000,
    );
    gauge('wardwire_mqtt_connected', '1 while the session of every broker is up.', () => {
      const brokers = p()?.sinks.filter((s) => isBroker(s.name));
      return brokers === undefined ? undefined : Number(brokers.length > 0 && brokers.every((s) => s.connected));
    });
    const each = (kind: typeof Gauge | typeof Counter, name: string, help: string, read: (s: LaneState) => number) =>
      new kind({
        name,
        help,
        registers,
        labelNames: ['sink'],
        collect() {
          this.reset();
          for (const s of p()?.sinks ?? []) this.inc({ sink: s.name }, read(s));
        },
      }); // prettier-ignore
    each(Gauge, 'wardwire_sink_connected', '1 while a sink can be reached.', (s) => Number(s.connected));
    each(Gauge, 'wardwire_sink_queued', 'Verdicts owed to a sink, in memory and in the log.', (s) => s.queued);
    each(Counter, 'wardwire_sink_published_total', 'Verdicts a sink has taken.', (s) => s.published);
    each(Counter, 'wardwire_sink_failures_total', 'Failures of a sink.', (s) => s.failures);
    new Counter({
      name: 'wardwire_sink_faults_total',
      help: 'Failures of a sink by what went wrong.',
      labelNames: ['sink', 'reason'],
      registers,
      collect() {
        this.reset();
        for (const s of p()?.sinks ?? [])
          for (const [reason, n] of Object.entries(s.faults)) this.inc({ sink: s.name, reason }, n);
      },
    });
    gauge('wardwire_publish_in_flight', 'Verdicts sent and not yet acknowledged.', () => p()?.inFlight);
    gauge('wardwire_spool_messages', 'Verdicts waiting for a sink.', () => p()?.queued);
    counter('wardwire_publish_total', 'Verdicts acknowledged by the broker.', () => p()?.published);
    counter(
      'wardwire_publish_failures_total',
      'Verdicts the broker refused or that could not be sent.',
      () => p()?.failures,
    );
    counter(
      'wardwire_spool_spilled_total',
      'Verdicts that found no room in memory and wait in the verdict log.',
      () => p()?.dropped,
    );
    counter(
      'wardwire_publish_undeclared_fields_total',
      'Fields that no schema declares, taken off verdicts on their way out.',
      () => p()?.undeclared,
    );
    const l = (): LogNumbers | undefined => this.#log?.();
    gauge('wardwire_spool_bytes', 'Size of the verdict log on disk.', () => l()?.bytes);
    gauge('wardwire_spool_limit_bytes', 'Limit of wardwire_spool_bytes.', () => l()?.limitBytes);
    gauge('wardwire_spool_unwritten', 'Verdicts not on the disk yet.', () => l()?.waiting);
    gauge('wardwire_spool_writable', '1 while the verdict log can be written.', () =>
      l() === undefined ? undefined : Number(l()?.writable),
    );
    const oldest = 'When the oldest verdict owed to a sink was observed; 0 while nothing is owed.';
    gauge('wardwire_spool_oldest_timestamp_seconds', oldest, () => (l()?.oldestMs ?? 0) / 1000);
    counter('wardwire_spool_expired_total', 'Delivered verdicts that left the full verdict log.', () => l()?.expired);
    new Counter({
      name: 'wardwire_spool_dropped_total',
      help: 'Verdicts that left the full verdict log while they were owed to a sink, lowest severity first.',
      registers,
      labelNames: ['severity'],
      collect() {
        this.reset();
        for (const [severity, n] of Object.entries(l()?.dropped ?? {})) this.inc({ severity }, n);
      },
    }); // prettier-ignore
    gauge('wardwire_sensor_up', '1 while the sensor process captures.', () =>
      this.#sensor === null ? undefined : Number(this.#sensor().up),
    );
    counter('wardwire_sensor_restarts_total', 'Restarts of the sensor process.', () => this.#sensor?.().restarts);
  }
}
