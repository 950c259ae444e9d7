import type { Verdict } from '../../core/index.js';
import { ends, messageOf, PRODUCT, present, SCALE, titleOf, VENDOR } from './words.js';

/** A verdict in the Elastic Common Schema 9; what ECS has no field for stands under `wardwire`. */
export function toEcs(v: Verdict): Record<string, unknown> {
  const { source, destination } = ends(v);
  const end = (e: typeof source) => ({ ip: e.ip, port: e.port, mac: e.mac?.toUpperCase().replaceAll(':', '-') });
  return present({
    '@timestamp': v.issued_at,
    ecs: { version: '9.0.0' },
    event: {
      id: v.id,
      kind: 'alert',
      category: ['intrusion_detection', 'network'],
      type: ['info'],
      start: v.observed_at,
      created: v.issued_at,
      sequence: v.seq,
      severity: SCALE[v.severity].ecs,
      risk_score: Math.round(v.score * 1000) / 10,
      reason: messageOf(v),
      module: 'wardwire',
      dataset: 'wardwire.verdict',
    },
    log: { level: v.severity },
    message: `${titleOf(v)}: ${messageOf(v)}`,
    rule: { id: v.scenario_id, name: v.scenario, ruleset: v.model.profile, version: v.model.id },
    observer: {
      name: v.sensor.name,
      type: 'ids',
      vendor: VENDOR,
      product: PRODUCT,
      version: v.sensor.version,
      geo: { name: v.sensor.site },
    },
    device: { id: v.device.id, manufacturer: v.device.vendor, model: { name: v.device.model } },
    host: {
      id: v.device.id,
      name: v.device.name,
      type: v.device.type,
      ip: list(v.device.ip),
      mac: list(end({ ip: null, port: null, mac: v.device.mac }).mac),
    },
    source: end(source),
    destination: end(destination),
    network: {
      transport: v.flow?.transport,
      protocol: v.flow?.protocol,
      community_id: v.flow?.community_id,
      vlan: { id: v.flow?.vlan === null || v.flow === null ? null : String(v.flow.vlan) },
    },
    threat: {
      framework: v.attack[0]?.framework,
      technique: v.attack.length === 0 ? null : { id: v.attack.map((a) => a.id), name: v.attack.map((a) => a.name) },
    },
    wardwire: {
      boot_id: v.boot_id,
      role: v.role,
      criticality: v.device.criticality,
      incident: v.incident,
      latency_ms: v.latency_ms,
      budget_ms: v.budget_ms,
      within_budget: v.within_budget,
      p_value: v.p_value,
      threshold: v.threshold,
      reasons: v.reasons,
      detectors: v.detectors,
      advice: v.advice,
      coverage: v.coverage,
    },
  });
}

const list = (x: string | null | undefined): string[] | null => (x === null || x === undefined ? null : [x]);
