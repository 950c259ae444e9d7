import type { Criticality, Device } from '../core/index.js';
import { labelText } from './exposition.js';

const RANK: Readonly<Record<Criticality, number>> = { 'life-critical': 0, high: 1, medium: 2, low: 3 };
/** Series written at once: a scrape of thousands of devices must not hold a verdict up. */
const SLICE = 200;

interface Family {
  readonly name: string;
  readonly help: string;
  /** The line of a device, '' when it has none. */
  readonly line: (d: Device) => string;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'wardwire_device_info',
    help: 'A device: always 1, what is known of it in the labels.',
    line: (d) =>
      `${labelText({
        device: d.id,
        device_type: d.type,
        criticality: d.criticality,
        name: d.name ?? d.hostname ?? '',
        vendor: d.vendor ?? '',
        model: d.model ?? '',
        location: d.location ?? '',
      })} 1`,
  },
  {
    name: 'wardwire_device_last_seen_timestamp_seconds',
    help: 'Time of the newest packet of a device.',
    line: (d) => (d.lastUs > 0 ? `${labelText({ device: d.id })} ${d.lastUs / 1e6}` : ''),
  },
  {
    name: 'wardwire_device_patient_connected',
    help: '1 while vital signs or therapy messages flow.',
    line: (d) => `${labelText({ device: d.id })} ${Number(d.patientConnected ?? false)}`,
  },
];

/**
 * Series of single devices, of at most `max`, the most critical and then the newest first, in pieces of text that end with a line.
 * Nothing when there are none.
 */
export function* renderDevices(devices: readonly Device[], max: number): Generator<string> {
  if (max === 0 || devices.length === 0) return;
  const chosen =
    devices.length <= max
      ? devices
      : [...devices].sort((a, b) => RANK[a.criticality] - RANK[b.criticality] || b.lastUs - a.lastUs).slice(0, max);
  for (const f of FAMILIES) {
    let text = `# HELP ${f.name} ${f.help}\n# TYPE ${f.name} gauge\n`;
    for (let i = 0; i < chosen.length; i++) {
      const line = f.line(chosen[i]);
      if (line !== '') text += `${f.name}${line}\n`;
      if (i % SLICE === SLICE - 1) {
        yield text;
        text = '';
      }
    }
    yield text;
  }
}
