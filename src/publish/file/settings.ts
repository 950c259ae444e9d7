import { defineSettings } from '../../core/index.js';
import { FORMATS } from '../formats/index.js';

export const fileSettings = defineSettings('file', 'Verdicts as lines of a file, for agents that read files', 'live', {
  path: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'File to append to; empty: none. Relative to this file.',
  },
  format: { type: 'enum', values: FORMATS, default: 'native', text: 'Form of a line.' },
  max_mib: { type: 'integer', default: 64, min: 1, max: 65536, text: 'Size at which the file is rotated, MiB.' },
  keep: { type: 'integer', default: 8, min: 1, max: 1000, text: 'Rotated files kept (path.1 is the newest).' },
});
