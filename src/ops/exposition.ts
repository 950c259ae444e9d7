import type { CounterDef, Figures, LinkFigures, SourceStats } from '../core/index.js';

/** What the sensor process last sent; totals of sensors before it are in `base`. */
export interface SensorSnapshot {
  readonly defs: readonly CounterDef[];
  readonly values: Float64Array;
  readonly base: Float64Array;
  readonly stats: SourceStats;
  readonly weirds: Readonly<Record<string, number>>;
  readonly devicesByType: Readonly<Record<string, number>>;
  readonly figures: Figures;
}

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Writes families in the Prometheus text format 0.0.4: HELP and TYPE once a name, labels escaped. */
export class Exposition {
  readonly #families = new Map<string, { type: string; help: string; series: Series[] }>();

  /** `of`: the family of a bucket, a sum or a count; else the name is the family's. */
  add(
    type: 'counter' | 'gauge' | 'histogram' | 'summary',
    name: string,
    help: string,
    value: number,
    labels: Readonly<Record<string, string>> = {},
    of: string = name,
  ): void {
    if (!Number.isFinite(value)) return;
    const family = this.#families.get(of) ?? { type, help, series: [] };
    family.series.push({ name, labels, value });
    this.#families.set(of, family);
  }

  text(): string {
    const out: string[] = [];
    for (const [name, f] of this.#families) {
      out.push(`# HELP ${name} ${f.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${f.type}`);
      for (const s of f.series) out.push(`${s.name}${labelText(s.labels)} ${s.value}`);
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
    const before = d.type === 'gauge' ? 0 : (s.base[i] ?? 0);
    e.add(d.type, d.name, d.help, (s.values[i] ?? 0) + before, d.labels, d.family);
  });
  for (const [name, n] of Object.entries(s.weirds)) {
    e.add('counter', 'wardwire_weirds_total', 'Named oddities of the traffic.', n, { name });
  }
  for (const [device_type, n] of Object.entries(s.devicesByType)) {
    e.add('gauge', 'wardwire_devices_by_type', 'Devices seen, by type.', n, { device_type });
  }
  links(e, s.figures.links.values());
  return e.text();
}

/** HL7 links: who sends messages to whom, and how fast they are acknowledged. */
function links(e: Exposition, all: Iterable<LinkFigures>): void {
  const name = 'wardwire_hl7_link';
  const rows = [...all].map((l) => ({ l, at: { sender: l.sender, receiver: l.receiver } }));
  for (const { l, at } of rows) e.add('counter', `${name}_messages_total`, 'HL7 messages of a link.', l.messages, at);
  for (const { l, at } of rows)
    e.add('counter', `${name}_acks_total`, 'Acknowledgements of a link (AA, CA).', l.acks, at);
  for (const { l, at } of rows)
    e.add(
      'counter',
      `${name}_negative_acks_total`,
      'Negative acknowledgements of a link (AE, AR, CE, CR).',
      l.naks,
      at,
    );
  const latency = `${name}_ack_latency_seconds`;
  const help = 'Time from the end of a message to its acknowledgement, by link.';
  for (const { l, at } of rows) {
    e.add('summary', `${latency}_sum`, help, l.ackSeconds, at, latency);
    e.add('summary', `${latency}_count`, help, l.timed, at, latency);
  }
}
