import { wallUs } from '../capture/index.js';
import { formatTimeUs, type PublisherState } from '../core/index.js';
import { monotonicMs } from './clock.js';
import { RUNGS } from './ladder.js';
import type { ReloadResult } from './reloader.js';
import type { SensorPart, Sensors } from './sensors.js';
import type { SensorSpec } from './spec.js';

/** Seconds over which packets a second are taken. */
const RATE_S = 10;
/** Blind times that are remembered. */
const BLIND_KEPT = 20;
/** The sensor counts once a second: this old, a count says nothing of now, ms. */
const STALE_MS = 3000;

interface Sample {
  readonly atMs: number;
  readonly packets: number;
  readonly octets: number;
}

/** A time in which nothing was seen. */
export interface BlindTime {
  readonly from: string;
  readonly seconds: number;
  readonly cause: string;
}

/** What `wardwire status` shows; `--json` prints it as it is. Times are ISO 8601, counts since the start unless said otherwise. */
export interface DaemonStatus {
  readonly ok: true;
  readonly schema: 'wardwire.daemon-status.v1';
  readonly version: string;
  readonly pid: number;
  readonly boot_id: string;
  readonly site: string;
  readonly sensor: string;
  readonly interface: string;
  readonly at: string;
  readonly started_at: string;
  readonly uptime_s: number;
  readonly capture: {
    readonly up: boolean;
    readonly sensor_pid: number | null;
    readonly restarts: number;
    /** One a sensor process; packets between devices of two of them are in both counts. */
    readonly processes: readonly SensorPart[];
    /** Taken from the rings, and of these each packet once however many processes took it. */
    readonly packets: number;
    readonly packets_once: number;
    readonly octets: number;
    readonly packets_per_s: number;
    readonly bits_per_s: number;
    /** Null where the source does not know. */
    readonly dropped_kernel: number | null;
    readonly dropped_interface: number | null;
    readonly last_packet_at: string | null;
    readonly flows: number;
  };
  /** Why the sensor doubts its own sight at this moment. */
  readonly doubts: readonly string[];
  readonly blind: { readonly count: number; readonly seconds: number; readonly newest: readonly BlindTime[] };
  readonly overload: { readonly rung: number; readonly gives_up: string | null };
  readonly devices: { readonly known: number; readonly by_type: Readonly<Record<string, number>> };
  readonly incidents: { readonly open: number; readonly acknowledged: number; readonly mutes: number };
  /** Alerts of the learned detectors: what the budget allows the devices watched so far, and what was given. */
  readonly alerts: readonly { readonly type: string; readonly promised: number; readonly given: number }[];
  readonly sinks: PublisherState['sinks'];
  readonly log: {
    readonly bytes: number;
    readonly limit_bytes: number;
    readonly writable: boolean;
    readonly unwritten: number;
  };
  readonly models: readonly { readonly type: string; readonly version: number }[];
  readonly reload: {
    readonly ok: boolean;
    readonly at: string;
    readonly taken: readonly string[];
    readonly restart: readonly string[];
    readonly problems: ReloadResult['problems'];
  };
}

export interface StatusOptions {
  readonly spec: SensorSpec;
  readonly bootId: string;
  readonly supervisor: Sensors;
  readonly publisher: () => PublisherState;
  readonly log: () => {
    readonly bytes: number;
    readonly limitBytes: number;
    readonly writable: boolean;
    readonly waiting: number;
  };
  readonly incidents: () => { readonly mutes: number; readonly acknowledged: number };
  readonly models: () => readonly { readonly type: string; readonly version: number }[];
  readonly reload: () => ReloadResult;
}

/** What is told of the running daemon: put together when asked, from what its parts count anyway. */
export class StatusBoard {
  readonly #o: StatusOptions;
  readonly #startedMs: number;
  readonly #startedUs: number;
  readonly #samples: Sample[] = [];
  readonly #blind: BlindTime[] = [];
  #blindCount = 0;
  #blindS = 0;

  constructor(o: StatusOptions) {
    this.#o = o;
    this.#startedMs = monotonicMs();
    this.#startedUs = wallUs();
  }

  /** The sensor has counted; about once a second. */
  counted(): void {
    const { stats } = this.#o.supervisor.snapshot;
    const last = this.#samples.at(-1);
    // another sensor begins at zero
    if (last !== undefined && stats.delivered < last.packets) this.#samples.length = 0;
    this.#samples.push({ atMs: monotonicMs(), packets: stats.delivered, octets: stats.octets });
    if (this.#samples.length > RATE_S + 1) this.#samples.shift();
  }

  /** The sensor process was away; wall times, ms. */
  blind(fromMs: number, untilMs: number, cause: string): void {
    const seconds = Math.max(0, untilMs - fromMs) / 1000;
    this.#blindCount++;
    this.#blindS += seconds;
    this.#blind.push({ from: formatTimeUs(fromMs * 1000), seconds, cause });
    if (this.#blind.length > BLIND_KEPT) this.#blind.shift();
  }

  read(): DaemonStatus {
    const { spec, bootId, supervisor, publisher, log, incidents, models, reload } = this.#o;
    const { stats, devicesByType } = supervisor.snapshot;
    const numbers = log();
    const last = reload();
    const rung = this.#count('wardwire_overload_rung');
    const [packets, octets] = this.#rates();
    return {
      ok: true,
      schema: 'wardwire.daemon-status.v1',
      version: spec.version,
      pid: process.pid,
      boot_id: bootId,
      site: spec.settings.sensor.site,
      sensor: spec.settings.sensor.name,
      interface: spec.source.kind === 'live' ? spec.source.interface : spec.source.files.join(', '),
      at: formatTimeUs(wallUs()),
      started_at: formatTimeUs(this.#startedUs),
      uptime_s: (monotonicMs() - this.#startedMs) / 1000,
      capture: {
        up: supervisor.up,
        sensor_pid: supervisor.pid ?? null,
        restarts: supervisor.restarts,
        processes: supervisor.parts,
        packets: stats.delivered,
        packets_once: this.#once(stats.delivered),
        octets: stats.octets,
        packets_per_s: packets,
        bits_per_s: 8 * octets,
        dropped_kernel: stats.droppedKernel < 0 ? null : stats.droppedKernel,
        dropped_interface: stats.droppedInterface < 0 ? null : stats.droppedInterface,
        last_packet_at: stats.lastUs > 0 ? formatTimeUs(stats.lastUs) : null,
        flows: this.#count('wardwire_flows_active'),
      },
      doubts: this.#doubts(),
      blind: { count: this.#blindCount, seconds: this.#blindS, newest: this.#blind },
      overload: { rung, gives_up: rung > 0 ? (RUNGS[rung - 1] ?? null) : null },
      devices: { known: this.#count('wardwire_devices'), by_type: devicesByType },
      incidents: { open: this.#count('wardwire_incidents_open'), ...incidents() },
      alerts: this.#alerts(),
      sinks: publisher().sinks,
      log: {
        bytes: numbers.bytes,
        limit_bytes: numbers.limitBytes,
        writable: numbers.writable,
        unwritten: numbers.waiting,
      },
      models: models(),
      reload: {
        ok: last.ok,
        at: formatTimeUs(last.atMs * 1000),
        taken: last.taken,
        restart: last.restart,
        problems: last.problems,
      },
    };
  }

  /** Packets and octets a second over the newest samples; 0 when the newest is too old to say. */
  #rates(): [number, number] {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (last === undefined || last === first || monotonicMs() - last.atMs > STALE_MS) return [0, 0];
    const s = (last.atMs - first.atMs) / 1000;
    return [(last.packets - first.packets) / s, (last.octets - first.octets) / s];
  }

  /** With one process every packet is taken once. */
  #once(delivered: number): number {
    let first = -1;
    this.#each('wardwire_share_packets_total', ({ what }, n) => {
      if (what === 'first') first = n;
    });
    return first < 0 ? delivered : first;
  }

  /** A figure of the sensor, of all that ran since the start; 0 when it counts no such thing. */
  #count(name: string): number {
    let sum = 0;
    this.#each(name, (_labels, n) => {
      sum += n;
    });
    return sum;
  }

  #each(name: string, one: (labels: Readonly<Record<string, string>>, value: number) => void): void {
    const { defs, values, base } = this.#o.supervisor.snapshot;
    defs.forEach((d, i) => {
      if (d.name === name) one(d.labels, (values[i] ?? 0) + (d.type === 'counter' ? (base[i] ?? 0) : 0));
    });
  }

  #doubts(): string[] {
    const out: string[] = [];
    this.#each('wardwire_sensor_doubt', ({ reason }, n) => {
      if (n > 0) out.push(reason);
    });
    return out;
  }

  #alerts(): DaemonStatus['alerts'] {
    const byType = new Map<string, { type: string; promised: number; given: number }>();
    const of = (type: string) => {
      const have = byType.get(type) ?? { type, promised: 0, given: 0 };
      byType.set(type, have);
      return have;
    };
    this.#each('wardwire_alerts_promised', ({ type }, n) => {
      of(type).promised = n;
    });
    this.#each('wardwire_alerts_given_total', ({ type }, n) => {
      of(type).given = n;
    });
    return [...byType.values()].filter((a) => a.promised > 0 || a.given > 0);
  }
}
