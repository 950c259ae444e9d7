import type { Criticality, Device } from '../core/index.js';
import { Exposition } from './exposition.js';

const RANK: Readonly<Record<Criticality, number>> = { 'life-critical': 0, high: 1, medium: 2, low: 3 };

/** Series of single devices, of at most `max`, the most critical and then the newest first. '' when there are none. */
export function renderDevices(devices: readonly Device[], max: number): string {
  if (max === 0 || devices.length === 0) return '';
  const chosen =
    devices.length <= max
      ? devices
      : [...devices].sort((a, b) => RANK[a.criticality] - RANK[b.criticality] || b.lastUs - a.lastUs).slice(0, max);
  const e = new Exposition();
  for (const d of chosen) {
    e.add('gauge', 'wardwire_device_info', 'A device: always 1, what is known of it in the labels.', 1, {
      device: d.id,
      device_type: d.type,
      criticality: d.criticality,
      name: d.name ?? d.hostname ?? '',
      vendor: d.vendor ?? '',
      model: d.model ?? '',
      location: d.location ?? '',
    });
  }
  for (const d of chosen) {
    if (d.lastUs > 0)
      e.add(
        'gauge',
        'wardwire_device_last_seen_timestamp_seconds',
        'Time of the newest packet of a device.',
        d.lastUs / 1e6,
        {
          device: d.id,
        },
      );
  }
  for (const d of chosen) {
    const connected = Number(d.patientConnected ?? false);
    e.add('gauge', 'wardwire_device_patient_connected', '1 while vital signs or therapy messages flow.', connected, {
      device: d.id,
    });
  }
  return e.text();
}
