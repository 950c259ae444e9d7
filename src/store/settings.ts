import { defineSettings } from '../core/index.js';

export const storeSettings = defineSettings('store', 'What is remembered on disk', 'restart', {
  data_dir: {
    type: 'string',
    default: 'data',
    maxLength: 4096,
    text: 'Folder of the verdict log, models and learned state. Relative to this file.',
  },
  log_max_mib: {
    type: 'integer',
    default: 1024,
    min: 16,
    max: 1048576,
    text: 'Most the verdict log takes on disk, MiB; beyond, the lowest severity leaves first, oldest first.',
  },
  memory_max_mib: {
    type: 'integer',
    default: 16,
    min: 1,
    max: 4096,
    text: 'Verdicts kept in memory while the disk does not take them, MiB; beyond, the lowest severity leaves first, oldest first.',
  },
  devices_max: {
    type: 'integer',
    default: 65536,
    min: 100,
    max: 1000000,
    text: 'Devices kept in the inventory file; beyond, the one silent for longest leaves.',
  },
  conversations_max: {
    type: 'integer',
    default: 200000,
    min: 1000,
    max: 10000000,
    text: 'Rows of the matrix of who talks to whom kept in the inventory file.',
  },
  group_commit_ms: {
    type: 'integer',
    default: 5,
    min: 0,
    max: 1000,
    text: 'Verdicts of this time share one commit, ms.',
  },
});
