import type { CounterDef, SourceStats } from '../core/index.js';

/** What the sensor process last sent; totals of sensors before it are in `base`. */
export interface SensorSnapshot {
  readonly defs: readonly CounterDef[];
  readonly values: Float64Array;
  readonly base: Float64Array;
  readonly stats: SourceStats;
  readonly weirds: Readonly<Record<string, number>>;
  readonly devicesByType: Readonly<Record<string, number>>;
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Writes families in the Prometheus text format 0.0.4: HELP and TYPE once a name, labels escaped. */
export class Exposition {
  readonly #families = new Map<string, { type: string; help: string; series: Series[] }>();

  add(
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    value: number,
    labels: Readonly<Record<string, string>> = {},
  ): void {
    if (!Number.isFinite(value)) return;
    const family = this.#families.get(name) ?? { type, help, series: [] };
    family.series.push({ labels, value });
    this.#families.set(name, family);
  }

  text(): string {
    const out: string[] = [];
    for (const [name, f] of this.#families) {
      out.push(`# HELP ${name} ${f.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${f.type}`);
      for (const s of f.series) out.push(`${name}${labelText(s.labels)} ${s.value}`);
    }
    return `${out.join('\n')}\n`;
  }
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return '';
  return `{${pairs.map(([k, v]) => `${k}="${v.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`).join(',')}}`;
}

/** The sensor's counters and capture statistics as text. Unknown counts (−1) are left out rather than shown as zero. */
export function renderSnapshot(s: SensorSnapshot): string {
  const e = new Exposition();
  const known = (n: number): number => (n < 0 ? Number.NaN : n);
  const st = s.stats;
  e.add('counter', 'wardwire_capture_packets_total', 'Packets taken from the source.', st.delivered);
  e.add('counter', 'wardwire_capture_bytes_total', 'Octets on the wire of packets taken.', st.octets);
  e.add(
    'counter',
    'wardwire_capture_received_total',
    'Packets the capture filter saw, as the kernel counts.',
    known(st.received),
  );
  e.add(
    'counter',
    'wardwire_capture_kernel_drops_total',
    'Packets lost for want of room in the ring.',
    known(st.droppedKernel),
  );
  e.add(
    'counter',
    'wardwire_capture_interface_drops_total',
    'Packets lost by the interface.',
    known(st.droppedInterface),
  );
  if (st.lastUs > 0) {
    e.add(
      'gauge',
      'wardwire_capture_last_packet_timestamp_seconds',
      'Capture time of the newest packet.',
      st.lastUs / 1e6,
    );
  }
  s.defs.forEach((d, i) => {
    e.add(d.type, d.name, d.help, (s.values[i] ?? 0) + (d.type === 'counter' ? (s.base[i] ?? 0) : 0), d.labels);
  });
  for (const [name, n] of Object.entries(s.weirds)) {
    e.add('counter', 'wardwire_weirds_total', 'Named oddities of the traffic.', n, { name });
  }
  for (const [device_type, n] of Object.entries(s.devicesByType)) {
    e.add('gauge', 'wardwire_devices_by_type', 'Devices seen, by type.', n, { device_type });
  }
  return e.text();
}
