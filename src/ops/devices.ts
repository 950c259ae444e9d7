import { type Criticality, type Device, FIGURE_FEATURES, type Figures, SEVERITIES } from '../core/index.js';
import { labelText } from './exposition.js';
import type { Told } from './told.js';

const RANK: Readonly<Record<Criticality, number>> = { 'life-critical': 0, high: 1, medium: 2, low: 3 };
/** Series written at once: a scrape of thousands of devices must not hold a verdict up. */
const SLICE = 64;

/** What is known of devices beside themselves. */
export interface DeviceSources {
  readonly figures: Figures;
  readonly told: Told;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type?: 'counter';
  /** For the first `featureDevices` only. */
  readonly many?: boolean;
  /** Labels and value of each series of a device. */
  readonly lines: (d: Device, from: DeviceSources) => readonly string[];
}

const NONE: readonly string[] = [];

const FAMILIES: readonly Family[] = [
  {
    name: 'wardwire_device_info',
    help: 'A device: always 1, what is known of it in the labels.',
    lines: (d) => [
      `${labelText({
        device: d.id,
        device_type: d.type,
        criticality: d.criticality,
        name: d.name ?? d.hostname ?? '',
        vendor: d.vendor ?? '',
        model: d.model ?? '',
        location: d.location ?? '',
      })} 1`,
    ],
  },
  {
    name: 'wardwire_device_last_seen_timestamp_seconds',
    help: 'Time of the newest packet of a device.',
    lines: (d) => (d.lastUs > 0 ? [`${labelText({ device: d.id })} ${d.lastUs / 1e6}`] : NONE),
  },
  {
    name: 'wardwire_device_patient_connected',
    help: '1 while vital signs or therapy messages flow.',
    lines: (d) => [`${labelText({ device: d.id })} ${Number(d.patientConnected ?? false)}`],
  },
  {
    name: 'wardwire_device_verdicts_total',
    help: 'Verdicts handed over about a device since the start.',
    type: 'counter',
    lines: (d, { told }) => [`${labelText({ device: d.id })} ${told.of(d.id)?.count ?? 0}`],
  },
  {
    name: 'wardwire_device_last_verdict_timestamp_seconds',
    help: 'When a verdict of this severity about a device was handed over last.',
    lines: (d, { told }) => {
      const times = told.of(d.id)?.lastMs;
      if (times === undefined) return NONE;
      return SEVERITIES.flatMap((severity, i) =>
        times[i] > 0 ? [`${labelText({ device: d.id, severity })} ${times[i] / 1000}`] : [],
      );
    },
  },
  {
    name: 'wardwire_device_anomaly_score_ratio',
    help: 'How odd a device is: 0 ordinary to 1, on the logarithmic scale of the p-value; only where a model judges it.',
    lines: (d, { figures }) => {
      const f = figures.devices.get(d.id);
      return f === undefined ? NONE : [`${labelText({ device: d.id })} ${round3(f.score)}`];
    },
  },
  {
    name: 'wardwire_device_feature_position_ratio',
    help: 'Where a feature of a device lies: 0 at the lower end of its usual range, 1 at the upper; outside beyond.',
    many: true,
    lines: (d, { figures }) => {
      const f = figures.devices.get(d.id);
      if (f === undefined) return NONE;
      return FIGURE_FEATURES.flatMap((feature, i) =>
        Number.isNaN(f.positions[i]) ? [] : [`${labelText({ device: d.id, feature })} ${round3(f.positions[i])}`],
      );
    },
  },
];

/**
 * Series of single devices, of at most `max`, the most critical and then the newest first, in pieces of text that end with a line.
 * Nothing when there are none.
 */
export function* renderDevices(
  devices: readonly Device[],
  { max, featureDevices }: { max: number; featureDevices: number },
  from: DeviceSources,
): Generator<string> {
  if (max === 0 || devices.length === 0) return;
  const chosen =
    devices.length <= Math.min(max, featureDevices)
      ? devices
      : [...devices].sort((a, b) => RANK[a.criticality] - RANK[b.criticality] || b.lastUs - a.lastUs).slice(0, max);
  for (const f of FAMILIES) {
    let text = `# HELP ${f.name} ${f.help}\n# TYPE ${f.name} ${f.type ?? 'gauge'}\n`;
    const n = f.many ? Math.min(featureDevices, chosen.length) : chosen.length;
    for (let i = 0; i < n; i++) {
      for (const line of f.lines(chosen[i], from)) text += `${f.name}${line}\n`;
      if (i % SLICE === SLICE - 1) {
        yield text;
        text = '';
      }
    }
    yield text;
  }
}

const round3 = (x: number): number => Math.round(x * 1000) / 1000;
