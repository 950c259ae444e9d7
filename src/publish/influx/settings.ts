import { defineSettings } from '../../core/index.js';
import { HTTP_SETTINGS } from '../http/index.js';

export const influxSettings = defineSettings('influx', 'Verdicts as points of an InfluxDB (line protocol)', 'live', {
  url: {
    type: 'string',
    default: '',
    pattern: '|https?://.+',
    text: 'Address, as https://host:8086; empty: none.',
  },
  api: {
    type: 'enum',
    values: ['v1', 'v2'],
    default: 'v1',
    text: 'v1: /write with database; v2: /api/v2/write with org, bucket and token.',
  },
  database: { type: 'string', default: 'wardwire', maxLength: 256, text: 'Database (v1); it must exist.' },
  retention_policy: {
    type: 'string',
    default: '',
    maxLength: 256,
    text: 'Retention policy (v1); empty: the default one.',
  },
  username: { type: 'string', default: '', maxLength: 256, text: 'User name (v1), when the database asks for one.' },
  password_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'File whose first line is the password (v1), or credential:NAME.',
    secret: true,
  },
  org: { type: 'string', default: '', maxLength: 256, text: 'Organisation (v2).' },
  bucket: { type: 'string', default: 'wardwire', maxLength: 256, text: 'Bucket (v2); it must exist.' },
  token_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'File whose first line is the token (v2), or credential:NAME.',
    secret: true,
  },
  measurement: {
    type: 'string',
    default: 'wardwire_verdict',
    pattern: '[A-Za-z][A-Za-z0-9_.-]{0,63}',
    text: 'Measurement.',
  },
  tags: {
    type: 'strings',
    default: ['site', 'sensor', 'device_type', 'severity', 'scenario'],
    pattern: 'site|sensor|device_type|severity|scenario|device|criticality|role|state|protocol',
    maxItems: 10,
    text: 'What becomes a tag: each combination is a series, so device multiplies them by the number of devices. All else is a field.',
  },
  gzip: { type: 'boolean', default: true, text: 'Compress requests.' },
  batch_max: { type: 'integer', default: 200, min: 1, max: 5000, text: 'Verdicts of one request at most.' },
  ...HTTP_SETTINGS,
});
