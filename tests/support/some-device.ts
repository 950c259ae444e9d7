import type { Device } from '../../src/core/index.js';

/** A device nothing is known of, with what a test needs of it. */
export function someDevice(id: string, more: Partial<Device> = {}): Device {
  return {
    index: 0,
    id,
    type: 'unknown',
    typeConfidence: 0,
    typePinned: false,
    criticality: 'medium',
    name: null,
    location: null,
    vendor: null,
    model: null,
    software: null,
    serial: null,
    hostname: null,
    macs: [],
    addresses: [],
    firstUs: 1.7e15,
    lastUs: 1.7e15,
    evidence: [],
    patientConnected: false,
    ...more,
  };
}
