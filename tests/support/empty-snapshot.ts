import type { SensorSnapshot } from '../../src/ops/index.js';

/** What a sensor tells that has seen nothing. */
export const EMPTY_SNAPSHOT: SensorSnapshot = {
  defs: [],
  values: new Float64Array(0),
  base: new Float64Array(0),
  weirds: {},
  devicesByType: {},
  figures: { devices: new Map(), links: new Map() },
  stats: {
    delivered: 0,
    octets: 0,
    received: 0,
    droppedKernel: 0,
    droppedInterface: 0,
    lastUs: 0,
    bytesRead: 0,
    bytesTotal: 0,
  },
};
