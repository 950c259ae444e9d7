import { defineSettings } from '../core/index.js';

export const publishSettings = defineSettings('publish', 'Verdicts waiting for their sinks', 'restart', {
  queue_max: {
    type: 'integer',
    default: 1000,
    min: 16,
    max: 1000000,
    text: 'Verdicts waiting in memory for a sink; what finds no room waits in the verdict log and is sent behind live ones.',
  },
  drain_per_s: {
    type: 'integer',
    reload: 'live',
    default: 2000,
    min: 10,
    max: 100000,
    text: 'Verdicts owed from the log that are sent to a sink within a second at most, behind live ones.',
  },
});
