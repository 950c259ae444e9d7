import { defineSettings } from '../core/index.js';

export const metricsSettings = defineSettings('metrics', 'Prometheus endpoint', 'live', {
  enabled: { type: 'boolean', default: true, text: 'Serve /metrics, /-/healthy and /-/ready.' },
  address: { type: 'string', default: '127.0.0.1', maxLength: 64, text: 'Address to listen on.' },
  port: { type: 'integer', default: 9844, min: 0, max: 65535, text: 'Port to listen on; 0 picks a free one.' },
  web_config_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'TLS, client certificates, passwords and headers of the endpoint: a web configuration file as exporters know it (--web.config.file); empty: open. Relative to this file.',
  },
  device_series: {
    type: 'integer',
    default: 5000,
    min: 0,
    max: 65536,
    text: 'Devices with series of their own (wardwire_device_info, last seen, patient connected); life-critical ones first; 0 none.',
  },
  feature_devices: {
    type: 'integer',
    default: 500,
    min: 0,
    max: 65536,
    text: 'Of these, devices whose features are told against their usual range (wardwire_device_feature_position_ratio, ten series each); 0 none.',
  },
  hl7_links: {
    type: 'integer',
    default: 256,
    min: 1,
    max: 4096,
    reload: 'restart',
    text: 'HL7 links (sender and receiver) with series of their own (wardwire_hl7_link_…); those beyond share one, called other.',
  },
});

export const logSettings = defineSettings('log', 'Log on standard error', 'live', {
  level: {
    type: 'enum',
    values: ['debug', 'info', 'notice', 'warning', 'error', 'critical'],
    default: 'notice',
    text: 'Least level written.',
  },
  format: { type: 'enum', values: ['logfmt', 'json'], default: 'logfmt', text: 'Form of a line.' },
  priority_prefix: { type: 'boolean', default: false, text: 'Begin lines with <N>, as journald reads priorities.' },
  lines_per_event_minute: {
    type: 'integer',
    default: 60,
    min: 1,
    max: 100000,
    text: 'Lines a minute of one kind of event; the rest is counted and said.',
  },
});

export const controlSettings = defineSettings(
  'control',
  'Local socket for wardwire status, tail and reload',
  'restart',
  {
    socket: {
      type: 'string',
      default: 'control.sock',
      maxLength: 100,
      text: 'Unix socket, for its owner and root only (0600). Relative to store.data_dir; empty: none, and then SIGHUP alone reloads.',
    },
    max_clients: {
      type: 'integer',
      default: 16,
      min: 1,
      max: 1000,
      text: 'Connections at once; further ones are refused.',
    },
    tail_kib: {
      type: 'integer',
      default: 256,
      min: 16,
      max: 65536,
      text: 'What waits for a slow reader of wardwire tail, KiB; beyond, verdicts are left out for it, and it is told how many.',
    },
  },
);
