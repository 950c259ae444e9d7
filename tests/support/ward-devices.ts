import type { Conversation, Device } from '../../src/core/index.js';

/** A device as the inventory lists it. */
export function listedDevice(id: string, type: string, addresses: string[], more: Partial<Device> = {}): Device {
  return {
    index: 0,
    id,
    type,
    typeConfidence: 1,
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
    addresses,
    firstUs: 0,
    lastUs: 0,
    evidence: [],
    ...more,
  };
}

/** A conversation that began on a day of January 2026 and went on for `days`. */
export function conversation(
  src: string,
  dst: string,
  port: number,
  flows: number,
  more: Partial<Conversation> & { day?: number } = {},
): Conversation {
  const { day = 1, ...rest } = more;
  const firstUs = Date.UTC(2026, 0, day) * 1000;
  return {
    src,
    dst,
    transport: 'tcp',
    port,
    app: 'unknown',
    flows,
    octetsOut: 0,
    octetsIn: 0,
    ephiMessages: 0,
    ephiOctets: 0,
    firstUs,
    lastUs: Math.max(firstUs, Date.UTC(2026, 0, 15) * 1000),
    ...rest,
  };
}
