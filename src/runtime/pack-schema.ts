import { PACK_SCHEMA } from './pack.js';

const sketch = {
  type: 'object',
  additionalProperties: false,
  required: ['n', 'seen', 'q'],
  properties: {
    n: { type: 'integer', minimum: 0, description: 'observed values the quantiles stand for' },
    seen: { type: 'number', minimum: 0, maximum: 1, description: 'share of rows in which the feature was observed' },
    q: {
      type: 'array',
      maxItems: 33,
      items: { type: 'number' },
      description: 'quantiles 0, 1/32 … 1 in the unit of the feature, ascending; empty when never observed',
    },
  },
};

const type = {
  type: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,39}$' },
  devices: { type: 'integer', minimum: 0 },
  rows: { type: 'integer', minimum: 0 },
  features: {
    type: 'object',
    propertyNames: { pattern: '^[a-z][a-z0-9_]*$' },
    additionalProperties: { $ref: '#/$defs/sketch' },
  },
};

/** JSON schema of a pack (`wardwire baseline export`). */
export function packSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'wardwire.pack.v1',
    title: 'Wardwire baseline pack: what device types are like, as quantiles and trees; no addresses, no identifiers',
    type: 'object',
    additionalProperties: false,
    required: ['schema', 'feature_schema', 'sites', 'types', 'key', 'signature'],
    properties: {
      schema: { const: PACK_SCHEMA },
      feature_schema: { type: 'string', description: 'id of the list of features' },
      sites: { type: 'integer', minimum: 1 },
      types: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['type', 'devices', 'rows', 'features', 'models'],
          properties: {
            ...type,
            models: {
              type: 'array',
              items: {
                type: 'object',
                additionalProperties: false,
                required: ['devices', 'rows', 'prior', 'text'],
                properties: {
                  devices: { type: 'integer', minimum: 0 },
                  rows: { type: 'integer', minimum: 0 },
                  prior: {
                    type: 'object',
                    additionalProperties: false,
                    required: ['type', 'devices', 'rows', 'features'],
                    properties: type,
                  },
                  text: { type: 'string', description: 'a model file: transform, trees and calibration' },
                },
              },
            },
          },
        },
      },
      key: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'ed25519 public key of who made it' },
      signature: { type: 'string', description: 'ed25519, base64, over the JSON of all other members in their order' },
    },
    $defs: { sketch },
  };
}
