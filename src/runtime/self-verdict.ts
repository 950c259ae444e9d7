import { formatTimeUs, type Mute, Random, type Severity, VERDICT_SCHEMA, type VerdictDraft } from '../core/index.js';
import { scenarioOf } from '../detect/index.js';
import { ulidFrom } from './ids.js';
import { muteWords } from './incident-desk.js';
import type { SensorSpec } from './spec.js';
import { newTiming } from './timing.js';

/** What the sensor says about itself: it saw nothing between two wall times (µs) because its process had died. */
export function blindDraft(spec: SensorSpec, fromUs: number, untilUs: number, cause: string): VerdictDraft {
  const seconds = Math.max(0, (untilUs - fromUs) / 1e6);
  return selfDraft(spec, {
    scenario: 'sensor.blind',
    detector: 'supervisor',
    severity: 'high',
    fromUs,
    untilUs,
    blind: true,
    observed: Math.round(seconds * 1000) / 1000,
    expected: 0,
    unit: 's',
    text: `The sensor saw nothing for ${seconds.toFixed(2)} s: its process ${cause}.`,
    safeStep: scenarioOf('sensor.blind').safeStep,
  });
}

/** A person muted a device that keeps somebody alive or watches him: everybody is told. `nowUs`: wall time. */
export function muteDraft(spec: SensorSpec, m: Mute, nowUs: number): VerdictDraft {
  return selfDraft(spec, {
    scenario: 'sensor.muted',
    detector: 'operator',
    severity: 'medium',
    fromUs: nowUs,
    untilUs: nowUs,
    blind: false,
    observed: Math.round((m.untilUs - m.fromUs) / 1e6),
    expected: null,
    unit: 's',
    text: `${m.by} muted ${muteWords(m)} up to ${m.upTo} until ${formatTimeUs(m.untilUs).slice(0, 19)}Z (mute ${m.id}).`,
    safeStep: scenarioOf('sensor.muted').safeStep,
  });
}

/** Budget of what the sensor says about itself, ms. */
const BUDGET_MS = 250;

/** Something the sensor says about itself. Times are wall times, µs. */
export interface SelfWord {
  /** Dotted name, `sensor.…`. */
  readonly scenario: string;
  readonly detector: string;
  readonly severity: Severity;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly blind: boolean;
  readonly observed: number;
  readonly expected: number | null;
  readonly unit: string;
  readonly text: string;
  readonly safeStep: string;
  /** Of an incident that goes on; else it is told once and closed. */
  readonly incident?: {
    readonly id: string | null;
    readonly state: 'open' | 'update' | 'closed';
    readonly count: number;
  };
}

/** A verdict about the sensor itself. */
export function selfDraft(spec: Pick<SensorSpec, 'settings' | 'version'>, w: SelfWord): VerdictDraft {
  const { fromUs, untilUs } = w;
  const ids = new Random(Math.floor(untilUs) | 0);
  return {
    observedUs: untilUs,
    live: true,
    timing: newTiming(),
    verdict: {
      schema: VERDICT_SCHEMA,
      id: ulidFrom(ids, untilUs),
      seq: 0,
      boot_id: '',
      sensor: { site: spec.settings.sensor.site, name: spec.settings.sensor.name, version: spec.version },
      observed_at: formatTimeUs(untilUs),
      issued_at: formatTimeUs(untilUs),
      latency_ms: 0,
      budget_ms: BUDGET_MS,
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
      scenario: w.scenario,
      scenario_id: null,
      incident: {
        id: w.incident?.id ?? ulidFrom(ids, fromUs),
        state: w.incident?.state ?? 'closed',
        count: w.incident?.count ?? 1,
        first_at: formatTimeUs(fromUs),
      },
      severity: w.severity,
      p_value: null,
      score: 1,
      threshold: 1,
      detectors: [{ name: w.detector, share: 1 }],
      reasons: [
        {
          what: 'rule',
          feature: null,
          rule: w.scenario,
          observed: Math.round(w.observed * 1000) / 1000,
          unit: w.unit,
          expected_low: w.expected,
          expected_high: w.expected,
          share: 1,
          text: w.text,
        },
      ],
      attack: [],
      advice: {
        safe_step: w.safeStep,
        isolate: false,
        do_not_isolate: false,
        level: 'notify',
      },
      evidence: null,
      coverage: { gap_octets: 0, drops: 0, blind: w.blind },
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
