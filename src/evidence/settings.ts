import { defineSettings } from '../core/index.js';

export const evidenceSettings = defineSettings('evidence', 'Packets kept as proof of a verdict', {
  enabled: {
    type: 'boolean',
    default: true,
    text: 'Keeps recent packet headers in memory and cuts a capture file for every incident, in the folder evidence of store.data_dir.',
  },
  before_s: { type: 'number', default: 30, min: 0, max: 3600, text: 'How far before the verdict a capture begins, s.' },
  after_s: { type: 'number', default: 2, min: 0, max: 300, text: 'How long after the verdict a capture goes on, s.' },
  ring_mib: {
    type: 'integer',
    default: 32,
    min: 1,
    max: 2048,
    text: 'Memory for recent packets of all devices, MiB; about 10,000 packet headers each.',
  },
  max_packets: {
    type: 'integer',
    default: 1000,
    min: 10,
    max: 5000,
    text: 'Packets of one capture before the verdict at most, and as many after it; the nearest stay.',
  },
  max_cut_kib: {
    type: 'integer',
    default: 1024,
    min: 64,
    max: 16_384,
    text: 'Size of one capture before the verdict at most, KiB, and as much after it; the nearest packets stay.',
  },
  min_severity: {
    type: 'enum',
    values: ['info', 'low', 'medium', 'high', 'critical'],
    default: 'medium',
    text: 'Verdicts below this severity get no capture.',
  },
  payload: {
    type: 'enum',
    values: ['header', 'full'],
    default: 'header',
    text: 'header: link to transport headers only, no payload. full: whole packets, always encrypted to the recipients.',
  },
  recipients: {
    type: 'strings',
    default: [],
    pattern: 'age1[02-9ac-hj-np-z]{58}',
    maxItems: 16,
    text: 'Public keys (age1…, made by age-keygen) that captures are encrypted to. Must be given for payload: full.',
  },
  device_cuts_per_hour: {
    type: 'integer',
    default: 12,
    min: 1,
    max: 3600,
    text: 'Captures of one device in an hour at most.',
  },
  quota_mib: {
    type: 'integer',
    default: 256,
    min: 1,
    max: 1_048_576,
    text: 'Disk space of all captures, MiB. The lowest severity goes first, the oldest of it first.',
  },
  max_files: { type: 'integer', default: 2000, min: 1, max: 100_000, text: 'Captures kept at most.' },
});
