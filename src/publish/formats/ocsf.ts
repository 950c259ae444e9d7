import type { Verdict } from '../../core/index.js';
import { ends, messageOf, PRODUCT, present, SCALE, titleOf, VENDOR } from './words.js';

/** OCSF Detection Finding (class 2004, category 2): activity and status by the state of the incident. */
const ACTIVITY = { open: 1, update: 2, closed: 3 } as const;
const NEW = 1;
const RESOLVED = 4;
const LEARNING_ANALYTIC = 4;
const RULE_ANALYTIC = 1;
const IOT_DEVICE = 7;
const UNKNOWN_DIRECTION = 0;

/** A verdict as OCSF 1.5 Detection Finding; the features observed against their baseline stand where OCSF has a place for them. */
export function toOcsf(v: Verdict): Record<string, unknown> {
  const { source, destination } = ends(v);
  const activity_id = ACTIVITY[v.incident.state];
  const ms = (t: string): number => Date.parse(t);
  const features = v.reasons.filter((r) => r.what === 'feature');
  return present({
    activity_id,
    category_uid: 2,
    class_uid: 2004,
    type_uid: 200_400 + activity_id,
    severity_id: SCALE[v.severity].ocsf,
    is_alert: v.incident.state !== 'closed',
    status_id: v.incident.state === 'closed' ? RESOLVED : NEW,
    time: ms(v.issued_at),
    start_time: ms(v.observed_at),
    message: messageOf(v),
    confidence_score: Math.round(v.score * 100),
    risk_score: Math.round(v.score * 100),
    metadata: {
      version: '1.5.0',
      uid: v.id,
      sequence: v.seq,
      product: {
        name: PRODUCT,
        vendor_name: VENDOR,
        version: v.sensor.version,
        uid: `${v.sensor.site}/${v.sensor.name}`,
      },
    },
    finding_info: {
      uid: v.incident.id,
      title: titleOf(v),
      desc: messageOf(v),
      first_seen_time: ms(v.incident.first_at),
      analytic: {
        type_id: features.length > 0 ? LEARNING_ANALYTIC : RULE_ANALYTIC,
        name: v.scenario,
        uid: v.scenario_id,
        version: v.model.id,
      },
      attacks: v.attack.map((a) => ({ technique: { uid: a.id, name: a.name } })),
    },
    device: {
      uid: v.device.id,
      type_id: IOT_DEVICE,
      type: v.device.type,
      name: v.device.name,
      vendor_name: v.device.vendor,
      model: v.device.model,
      mac: v.device.mac,
      ip: v.device.ip,
    },
    evidences: [
      present({
        src_endpoint: present({ ip: source.ip, port: source.port, mac: source.mac }),
        dst_endpoint: present({ ip: destination.ip, port: destination.port, mac: destination.mac }),
        connection_info:
          v.flow === null
            ? null
            : {
                direction_id: UNKNOWN_DIRECTION,
                protocol_name: v.flow.transport,
                community_uid: v.flow.community_id,
              },
      }),
    ],
    anomaly_analyses:
      features.length === 0
        ? null
        : [
            {
              analysis_targets: [{ name: v.device.id, type: v.device.type }],
              anomalies: features.map((r) => ({
                observation_parameter: r.feature,
                observations: [{ value: String(r.observed) }],
                observed_pattern: r.text,
              })),
              baselines: features.map((r) => ({
                observation_parameter: r.feature,
                observations: [{ value: `${r.expected_low ?? ''}..${r.expected_high ?? ''}` }],
              })),
            },
          ],
    remediation: { desc: v.advice.safe_step },
    unmapped: {
      boot_id: v.boot_id,
      role: v.role,
      criticality: v.device.criticality,
      latency_ms: v.latency_ms,
      budget_ms: v.budget_ms,
      within_budget: v.within_budget,
      do_not_isolate: v.advice.do_not_isolate,
      incident_count: v.incident.count,
      protocol: v.flow?.protocol,
      vlan: v.flow?.vlan,
    },
  });
}
