import { type Device, formatTimeUs, type InventoryChanges } from '../core/index.js';

/** A device's first or last time as text, null when it was never seen. */
export function seenAt(us: number): string | null {
  return Number.isFinite(us) && us > 0 ? formatTimeUs(us) : null;
}

/** The retained message of a device (`device/{id}`), schema `wardwire.device.v1`. No evidence of a person is in it. */
export function deviceMessage(d: Device): Record<string, unknown> {
  return {
    schema: 'wardwire.device.v1',
    id: d.id,
    type: d.type,
    type_confidence: Math.round(d.typeConfidence * 100) / 100,
    type_by: d.typePinned ? 'operator' : 'evidence',
    criticality: d.criticality,
    name: d.name,
    location: d.location,
    hostname: d.hostname,
    vendor: d.vendor,
    model: d.model,
    software: d.software,
    serial: d.serial,
    macs: d.macs,
    addresses: d.addresses,
    patient_connected: d.patientConnected ?? false,
    first_seen: seenAt(d.firstUs),
    last_seen: seenAt(d.lastUs),
    evidence: d.evidence,
  };
}

/** All devices as the sensor last told of them. */
export class KnownDevices {
  readonly #byId = new Map<string, Device>();
  /** What was said of each last, so that what is new is read once. */
  readonly #said = new Map<string, string>();

  constructor(devices: readonly Device[]) {
    for (const d of devices) {
      this.#byId.set(d.id, d);
      this.#said.set(d.id, said(d));
    }
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): Device[] {
    return [...this.#byId.values()];
  }

  /** Takes what is new; returns the devices of which more changed than the time they were last seen. */
  take(changes: InventoryChanges<Device>): Device[] {
    const out: Device[] = [];
    for (const d of changes.devices) {
      this.#byId.set(d.id, d);
      const text = said(d);
      if (this.#said.get(d.id) === text) continue;
      this.#said.set(d.id, text);
      out.push(d);
    }
    for (const id of changes.gone) {
      this.#byId.delete(id);
      this.#said.delete(id);
    }
    return out;
  }
}

/** Everything about a device but its number and times. */
function said(d: Device): string {
  return JSON.stringify({ ...d, index: 0, firstUs: 0, lastUs: 0 });
}
