import { DICOM } from './scenarios/dicom.js';
import { HL7 } from './scenarios/hl7.js';
import { MQTT } from './scenarios/mqtt.js';
import { NETWORK } from './scenarios/network.js';
import { OWN } from './scenarios/own.js';
import type { Scenario } from './scenarios/scenario.js';
import { SENSOR } from './scenarios/sensor.js';

export type { Scenario } from './scenarios/scenario.js';

const TABLE: readonly Scenario[] = [...DICOM, ...HL7, ...NETWORK, ...MQTT, ...OWN, ...SENSOR];
const BY_NAME = new Map(TABLE.map((s) => [s.scenario, s]));

/** The whole catalogue, in its order. */
export const catalogue: readonly Scenario[] = TABLE;

/** A scenario by its dotted name. @throws Error for a name that is not in the catalogue (a bug) */
export function scenarioOf(name: string): Scenario {
  const s = BY_NAME.get(name);
  if (s === undefined) throw new Error(`no scenario ${name} in the catalogue`);
  return s;
}
