import { VERDICT_SCHEMA } from '../core/index.js';
import type { SensorSpec } from './spec.js';

/** The retained `info` message: what runs here and where its words are explained. */
export function infoOf(spec: SensorSpec): Record<string, unknown> {
  return {
    schema: 'wardwire.info.v1',
    version: spec.version,
    node: process.version,
    device_types: spec.profiles.map((p) => p.type),
    verdict_schema: VERDICT_SCHEMA,
    topics: [
      'verdict/{severity}/{device_type}/{device}',
      'device/{device}',
      'status',
      'info',
      'cmd/{command}',
      'cmd/result',
    ],
  };
}
