import { defineSettings } from '../../core/index.js';
import { FORMATS } from '../formats/index.js';
import { TLS_SETTINGS } from '../tls-settings.js';

/** What every broker has of its own. */
const OWN = {
  url: {
    type: 'string',
    default: '',
    pattern: '(mqtt|mqtts|tcp|tls|ssl)://.+',
    text: 'Broker; mqtts:// for TLS.',
  },
  protocol_version: {
    type: 'enum',
    values: ['5', '3.1.1'],
    default: '5',
    text: 'MQTT version; 3.1.1 hides refusals of the broker.',
  },
  client_id: {
    type: 'string',
    default: '',
    maxLength: 128,
    text: 'Client identifier; empty: wardwire-{site}-{sensor}.',
  },
  username: { type: 'string', default: '', maxLength: 256, text: 'User name, when the broker asks for one.' },
  password_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'File whose first line is the password, or credential:NAME.',
    secret: true,
  },
  ...TLS_SETTINGS,
  format: {
    type: 'enum',
    values: FORMATS,
    default: 'native',
    text: 'Form of verdicts; a subscriber of Elastic takes ecs as it is.',
  },
} as const;

export const mqttSettings = defineSettings('mqtt', 'MQTT brokers that SIEMs subscribe at', 'live', {
  ...OWN,
  url: {
    ...OWN.url,
    default: 'mqtt://127.0.0.1:1883',
    pattern: '|(mqtt|mqtts|tcp|tls|ssl)://.+',
    text: 'Broker; mqtts:// for TLS; empty: none, or only those of the list.',
  },
  brokers: {
    type: 'records',
    default: [],
    maxItems: 8,
    fields: {
      name: {
        type: 'string',
        default: '',
        pattern: '[a-z0-9][a-z0-9-]{0,31}',
        text: 'Short name, for metrics and logs.',
      },
      ...OWN,
    },
    required: ['name', 'url'],
    text: 'More brokers, each with its own session, window and memory of what it is owed. What follows below holds for all of them.',
  },
  keepalive_s: {
    type: 'integer',
    default: 10,
    min: 1,
    max: 3600,
    text: 'Keep-alive, s; a cut cable is noticed after 1.5 times this.',
  },
  window: {
    type: 'integer',
    default: 16,
    min: 1,
    max: 16,
    text: 'Verdicts sent and not yet acknowledged at most (less when the broker asks).',
  },
  reconnect_min_ms: {
    type: 'integer',
    default: 200,
    min: 10,
    max: 60000,
    text: 'First pause before a new attempt to connect, ms.',
  },
  reconnect_max_ms: {
    type: 'integer',
    default: 10000,
    min: 100,
    max: 600000,
    text: 'Longest pause before a new attempt to connect, ms.',
  },
  connect_timeout_ms: {
    type: 'integer',
    default: 5000,
    min: 100,
    max: 60000,
    text: 'Longest wait for the broker to accept a connection, ms.',
  },
  expiry_h: {
    type: 'integer',
    default: 168,
    min: 1,
    max: 8760,
    text: 'How long the broker keeps a verdict for absent subscribers, h; critical ones never expire.',
  },
});
