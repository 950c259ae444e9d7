import { defineSettings } from '../core/index.js';

export const publishSettings = defineSettings('publish', 'Verdicts waiting for their sinks', {
  queue_max: {
    type: 'integer',
    default: 10000,
    min: 16,
    max: 1000000,
    text: 'Verdicts waiting in memory; when full the lowest severity leaves first (the log keeps them).',
  },
});
