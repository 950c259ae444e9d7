import type { DriftAdvice } from '../baseline/index.js';
import type { Finding } from '../core/index.js';

/** Advice to learn a device type anew, as a finding of the sensor about itself. It is information, never an alarm. */
export function driftFinding(a: DriftAdvice): Finding {
  const names = a.features.map((f) => f.name).join(', ');
  return {
    scenario: 'sensor.drift',
    scenarioId: null,
    detector: 'drift',
    device: -1,
    role: 'actor',
    peer: null,
    flow: -1,
    tsUs: a.tsUs,
    severity: 'info',
    pValue: null,
    score: 0,
    threshold: 0,
    parts: [],
    reasons: [
      {
        what: 'rule',
        name: 'sensor.drift',
        observed: Math.round(a.features[0].psi * 100) / 100,
        unit: 'PSI',
        expectedLow: 0,
        expectedHigh: null,
        share: 1,
        text: `Devices of type ${a.type} no longer behave as learned in ${a.drifted} numbers (${names}). When that is as it should be: wardwire baseline relearn --type ${a.type}.`,
      },
    ],
    attack: [],
    model: null,
    key: a.type,
  };
}
