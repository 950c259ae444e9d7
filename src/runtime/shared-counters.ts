import type { CounterDef, SourceStats } from '../core/index.js';
import type { SensorSnapshot } from './supervisor.js';

/** Gauges that tell the same of every process, or of which the highest counts; all others are added up. */
const HIGHEST = new Set([
  'wardwire_overload_rung',
  'wardwire_sensor_doubt',
  'wardwire_sensor_blind',
  'wardwire_clock_step_seconds',
  'wardwire_clock_steps_total',
  'wardwire_capture_links_up',
  'wardwire_capture_lag_seconds',
  'wardwire_silence_limit_seconds',
  'wardwire_model_trained_timestamp_seconds',
  'wardwire_model_info',
  'wardwire_baseline_ready',
  'wardwire_evidence_reach_seconds',
  'wardwire_anomaly_threshold_ratio',
  'wardwire_capture_last_packet_timestamp_seconds',
  'wardwire_flow_emergency',
]);
const PACKETS = 'wardwire_sensor_process_packets_total';
const UP = 'wardwire_sensor_process_up';

/** Counters of several processes as those of one sensor, and two series that tell the processes apart. */
export class SharedCounters {
  readonly #defs: CounterDef[] = [];
  readonly #index = new Map<string, number>();
  /** Of each process: place of its counters among all, as far as they were looked up. */
  readonly #places: number[][];
  readonly #packets: readonly number[];
  readonly #up: readonly number[];

  constructor(of: number) {
    this.#places = Array.from({ length: of }, () => []);
    const each = (type: 'counter' | 'gauge', name: string, help: string): number[] =>
      this.#places.map((_, i) => this.#place({ type, name, help, labels: { process: String(i + 1) } }));
    this.#packets = each('counter', PACKETS, 'Packets taken from its ring, by sensor process.');
    this.#up = each('gauge', UP, '1 while the sensor process captures.');
  }

  /** `known`: every device once. */
  join(
    processes: readonly { readonly snapshot: SensorSnapshot; readonly up: boolean }[],
    known: { readonly size: number; readonly byType: () => Record<string, number> },
  ): SensorSnapshot {
    processes.forEach(({ snapshot }, p) => {
      const places = this.#places[p];
      for (let i = places.length; i < snapshot.defs.length; i++) places.push(this.#place(snapshot.defs[i]));
    });
    const n = this.#defs.length;
    const values = new Float64Array(n);
    const base = new Float64Array(n);
    const weirds: Record<string, number> = {};
    const figures: SensorSnapshot['figures'] = { devices: new Map(), links: new Map() };
    processes.forEach(({ snapshot: s, up }, p) => {
      this.#places[p].forEach((at, i) => {
        const value = s.values[i] ?? 0;
        values[at] = HIGHEST.has(this.#defs[at].name) ? Math.max(values[at], value) : values[at] + value;
        base[at] += s.base[i] ?? 0;
      });
      values[this.#packets[p]] = s.stats.delivered;
      values[this.#up[p]] = Number(up);
      for (const [id, count] of Object.entries(s.weirds)) weirds[id] = (weirds[id] ?? 0) + count;
      for (const [id, d] of s.figures.devices) figures.devices.set(id, d);
      // both ends' processes count a link: the one that counted longer is right
      for (const [key, link] of s.figures.links) {
        if ((figures.links.get(key)?.messages ?? -1) < link.messages) figures.links.set(key, link);
      }
    });
    const devices = this.#index.get('wardwire_devices{}');
    if (devices !== undefined) values[devices] = known.size;
    const stats = joinStats(processes.map((p) => p.snapshot.stats));
    return { defs: this.#defs, values, base, stats, weirds, devicesByType: known.byType(), figures };
  }

  #place(def: CounterDef): number {
    const key = `${def.name}${JSON.stringify(def.labels)}`;
    const have = this.#index.get(key);
    if (have !== undefined) return have;
    this.#index.set(key, this.#defs.length);
    this.#defs.push(def);
    return this.#defs.length - 1;
  }
}

/** Sums; −1 (unknown) only where nobody knows. */
function joinStats(all: readonly SourceStats[]): SourceStats {
  const sum = (of: (s: SourceStats) => number): number => {
    const known = all.map(of).filter((n) => n >= 0);
    return known.length === 0 ? -1 : known.reduce((a, b) => a + b, 0);
  };
  return {
    delivered: sum((s) => s.delivered),
    octets: sum((s) => s.octets),
    received: sum((s) => s.received),
    droppedKernel: sum((s) => s.droppedKernel),
    droppedInterface: sum((s) => s.droppedInterface),
    lastUs: Math.max(...all.map((s) => s.lastUs)),
    bytesRead: sum((s) => s.bytesRead),
    bytesTotal: sum((s) => s.bytesTotal),
  };
}
