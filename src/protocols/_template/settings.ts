import { defineSettings } from '../../core/index.js';

export const templateSettings = defineSettings('template', 'Bedside Note (an example)', 'restart', {
  note_max_bytes: { type: 'integer', default: 4096, min: 1, max: 65535, text: 'A longer note is named.' },
});
