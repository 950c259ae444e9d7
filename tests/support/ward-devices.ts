import type { Conversation, Device } from '../../src/core/index.js';
import { someDevice } from './some-device.js';

/** A device as the inventory lists it. */
export function listedDevice(id: string, type: string, addresses: string[]): Device {
  return someDevice(id, { type, addresses });
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
