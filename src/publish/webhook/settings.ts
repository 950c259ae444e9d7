import { defineSettings } from '../../core/index.js';
import { FORMATS } from '../formats/index.js';
import { HTTP_SETTINGS } from '../http/index.js';

export const webhookSettings = defineSettings('webhook', 'Verdicts as signed HTTP requests, one each', 'live', {
  url: { type: 'string', default: '', pattern: '|https?://.+', text: 'Address to post to; empty: none.' },
  format: { type: 'enum', values: FORMATS, default: 'native', text: 'Form of the body.' },
  secret_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'File with the secret of the signature, or credential:NAME, whsec_ and base64 of 24 to 64 bytes; a second line: the secret before, while both hold.',
    secret: true,
  },
  authorization_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'File, or credential:NAME, whose first line is sent as Authorization, when the receiver asks for one.',
    secret: true,
  },
  parallel: {
    type: 'integer',
    default: 4,
    min: 1,
    max: 16,
    text: 'Requests under way at once; of one device always one after the other.',
  },
  ...HTTP_SETTINGS,
});
