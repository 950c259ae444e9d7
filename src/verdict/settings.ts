import { defineSettings } from '../core/index.js';

export const sensorSettings = defineSettings('sensor', 'Who this sensor is', 'restart', {
  site: {
    type: 'string',
    default: 'site',
    pattern: '[A-Za-z0-9._-]{1,64}',
    text: 'Site name: a level of the topic tree.',
  },
  name: {
    type: 'string',
    default: 'sensor',
    pattern: '[A-Za-z0-9._-]{1,64}',
    text: 'Sensor name: a level of the topic tree.',
  },
  site_key_file: {
    type: 'string',
    default: 'site.key',
    text: 'Key of the HMAC tokens (64 hex digits); made on first use. Relative to this file; empty: tokens are comparable within one run only.',
    secret: true,
  },
});

export const verdictSettings = defineSettings('verdict', 'Incidents', 'restart', {
  close_after_s: {
    type: 'number',
    reload: 'live',
    default: 300,
    min: 1,
    max: 86400,
    text: 'Quiet time after which an incident is closed, s of capture time.',
  },
  update_min_s: {
    type: 'number',
    reload: 'live',
    default: 10,
    min: 0,
    max: 3600,
    text: 'Least time between two updates of an incident, s of capture time.',
  },
  peers_max: {
    type: 'integer',
    reload: 'live',
    default: 16,
    min: 1,
    max: 65536,
    text: 'Open incidents of one scenario at one device; further peers share one more: a flood from everywhere is one line.',
  },
  max_incidents: {
    type: 'integer',
    default: 4096,
    min: 16,
    max: 1048576,
    text: 'Open incidents at most; beyond, the quietest is closed.',
  },
});
