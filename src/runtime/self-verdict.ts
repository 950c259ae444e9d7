import { formatTimeUs, Random, VERDICT_SCHEMA, type VerdictDraft } from '../core/index.js';
import { ulidFrom } from './ids.js';
import type { SensorSpec } from './spec.js';

/** What the sensor says about itself: it saw nothing between two wall times (µs) because its process had died. */
export function blindDraft(spec: SensorSpec, fromUs: number, untilUs: number, cause: string): VerdictDraft {
  const ids = new Random(Math.floor(untilUs) | 0);
  const seconds = Math.max(0, (untilUs - fromUs) / 1e6);
  return {
    observedUs: untilUs,
    live: true,
    enteredUs: untilUs,
    verdict: {
      schema: VERDICT_SCHEMA,
      id: ulidFrom(ids, untilUs),
      seq: 0,
      boot_id: '',
      sensor: { site: spec.settings.sensor.site, name: spec.settings.sensor.name, version: spec.version },
      observed_at: formatTimeUs(untilUs),
      issued_at: formatTimeUs(untilUs),
      latency_ms: 0,
      budget_ms: 250,
      within_budget: true,
      device: {
        id: 'sensor',
        type: 'sensor',
        criticality: 'high',
        mac: null,
        ip: null,
        vendor: null,
        model: null,
        name: null,
      },
      role: 'actor',
      peer: null,
      flow: null,
      scenario: 'sensor.blind',
      scenario_id: null,
      incident: { id: ulidFrom(ids, fromUs), state: 'closed', count: 1, first_at: formatTimeUs(fromUs) },
      severity: 'high',
      p_value: null,
      score: 1,
      threshold: 1,
      detectors: [{ name: 'supervisor', share: 1 }],
      reasons: [
        {
          what: 'rule',
          feature: null,
          rule: 'sensor.blind',
          observed: Math.round(seconds * 1000) / 1000,
          unit: 's',
          expected_low: 0,
          expected_high: 0,
          share: 1,
          text: `The sensor saw nothing for ${seconds.toFixed(2)} s: its process ${cause}.`,
        },
      ],
      attack: [],
      advice: {
        safe_step: 'Look at the sensor; what happened in this time was not watched.',
        isolate: false,
        do_not_isolate: false,
      },
      evidence: null,
      coverage: { gap_octets: 0, drops: 0, blind: true },
      model: {
        id: 'none',
        profile: 'none',
        learned_from: formatTimeUs(fromUs),
        learned_until: formatTimeUs(untilUs),
        state: 'none',
      },
    },
  }; // prettier-ignore
}
