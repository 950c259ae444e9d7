import type { Device } from '../core/index.js';
import { deviceMessage, packageVersion, seenAt } from '../runtime/index.js';
import { csvLine } from './csv.js';

export const EXPORT_FORMATS = ['csv', 'json', 'cyclonedx'] as const;

const COLUMNS = [
  'id',
  'mac',
  'ip',
  'type',
  'confidence',
  'criticality',
  'name',
  'hostname',
  'location',
  'vendor',
  'model',
  'software',
  'serial_token',
  'patient_connected',
  'first_seen',
  'last_seen',
];

/** The inventory as lines of text. Columns of the CSV are those the site file and `devices import` understand. */
export function exportDevices(
  devices: readonly Device[],
  format: (typeof EXPORT_FORMATS)[number],
  now: string,
): string[] {
  if (format === 'json') return [JSON.stringify(devices.map(deviceMessage), null, 2)];
  if (format === 'cyclonedx') return [JSON.stringify(cyclonedx(devices, now), null, 2)];
  return [
    csvLine(COLUMNS),
    ...devices.map((d) =>
      csvLine([
        d.id,
        d.macs.join(' '),
        d.addresses.join(' '),
        d.type,
        Math.round(d.typeConfidence * 100) / 100,
        d.criticality,
        d.name,
        d.hostname,
        d.location,
        d.vendor,
        d.model,
        d.software,
        d.serial,
        d.patientConnected ? 'yes' : 'no',
        seenAt(d.firstUs),
        seenAt(d.lastUs),
      ]),
    ),
  ];
}

/** CycloneDX 1.6, one `device` component each (hardware bill of materials). */
function cyclonedx(devices: readonly Device[], now: string): Record<string, unknown> {
  const property = (name: string, value: string | null): { name: string; value: string }[] =>
    value === null || value === '' ? [] : [{ name: `wardwire:${name}`, value }];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: now,
      tools: { components: [{ type: 'application', name: 'wardwire', version: packageVersion() }] },
    },
    components: devices.map((d) => ({
      type: 'device',
      'bom-ref': d.id,
      name: d.model ?? d.name ?? d.hostname ?? d.id,
      ...(d.software === null ? {} : { version: d.software }),
      ...(d.vendor === null ? {} : { manufacturer: { name: d.vendor } }),
      properties: [
        ...property('type', d.type),
        ...property('type_confidence', d.typeConfidence.toFixed(2)),
        ...property('criticality', d.criticality),
        ...property('name', d.name),
        ...property('hostname', d.hostname),
        ...property('location', d.location),
        ...property('serial_token', d.serial),
        ...d.macs.flatMap((m) => property('mac', m)),
        ...d.addresses.flatMap((a) => property('ip', a)),
        ...property('last_seen', seenAt(d.lastUs)),
      ],
    })),
  };
}
