import { defineSettings } from '../../core/index.js';

export const hl7Settings = defineSettings('hl7', 'HL7 v2 decoder', {
  message_kib: {
    type: 'integer',
    default: 256,
    min: 4,
    max: 4096,
    text: 'Bytes of a message that are read, KiB; the rest is counted.',
  },
  message_max_mib: {
    type: 'integer',
    default: 64,
    min: 1,
    max: 1024,
    text: 'A block longer than this is no message any more, MiB.',
  },
  segments: { type: 'integer', default: 512, min: 8, max: 65536, text: 'Segments of a message that are looked at.' },
  outstanding: {
    type: 'integer',
    default: 64,
    min: 1,
    max: 4096,
    text: 'Messages of a connection waiting for their acknowledgement.',
  },
  end_wait_ms: {
    type: 'integer',
    default: 200,
    min: 10,
    max: 10000,
    text: 'A block whose end lacks its last byte is over after this silence, ms.',
  },
});
