import { defineSettings, type SettingsOf } from '../core/index.js';

/** What is normal: how long devices learn and how much is remembered. */
export const baselineSettings = defineSettings('baseline', 'What is normal: learning periods and learned sets', {
  profiles_dir: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'Folder of site device profiles (YAML) that add to or replace the shipped ones; empty: none.',
  },
  learning_s: {
    type: 'number',
    default: 86_400,
    min: 0,
    max: 31_536_000,
    text: 'Learning period of a device after its first packet, seconds of capture time.',
  },
  row_interval_s: {
    type: 'number',
    default: 10,
    min: 0,
    max: 3600,
    text: 'Time between two rows of a device that are collected to learn from, seconds of capture time.',
  },
  min_rows: {
    type: 'integer',
    default: 256,
    min: 16,
    max: 1_000_000,
    text: 'Feature rows a device type needs before a model is trained for it.',
  },
  max_rows: {
    type: 'integer',
    default: 8192,
    min: 64,
    max: 1_000_000,
    text: 'Feature rows kept per device type for training (a seeded reservoir beyond).',
  },
  device_rows_share: {
    type: 'number',
    default: 0.5,
    min: 0.01,
    max: 1,
    text: 'Largest share of the training rows of a type that one device may hold.',
  },
  quarantine_s: {
    type: 'number',
    default: 600,
    min: 0,
    max: 86_400,
    text: 'After a rule named a device, its feature rows are not learned from for this long, seconds.',
  },
  set_entries_device: {
    type: 'integer',
    default: 512,
    min: 8,
    max: 65_535,
    text: 'Entries a device may have in one learned set; a fuller set judges nothing new.',
  },
  set_entries_total: {
    type: 'integer',
    default: 262_144,
    min: 1024,
    max: 8_388_608,
    text: 'Entries of all learned sets together.',
  },
});

export type BaselineSettings = SettingsOf<typeof baselineSettings>;
