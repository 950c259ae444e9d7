import { defineSettings } from '../../core/index.js';

export const hl7Settings = defineSettings('hl7', 'HL7 v2 decoder', 'restart', {
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
  values: {
    type: 'boolean',
    default: true,
    text: 'Compare observations (units, codes, limits, values that stand still, two legs of an engine); only hashes are kept.',
  },
  limits_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'Plausibility limits, YAML; empty takes profiles/limits/adult.yaml, which nobody has signed.',
  },
  frozen_s: {
    type: 'number',
    default: 1800,
    min: 10,
    max: 86400,
    text: 'How long a lively value must stand still before that is told, s.',
  },
  frozen_times: {
    type: 'integer',
    default: 30,
    min: 3,
    max: 65000,
    text: 'How often in a row a lively value must come unchanged before that is told.',
  },
  order_factor: {
    type: 'number',
    default: 3,
    min: 1.1,
    max: 1000,
    text: 'How many times below the lowest or above the highest order of a drug before an infusion order is far from what is usual.',
  },
  ack_late_s: {
    type: 'number',
    default: 30,
    min: 0.1,
    max: 3600,
    text: 'An acknowledgement after this time is late, s.',
  },
  end_wait_ms: {
    type: 'integer',
    default: 200,
    min: 10,
    max: 10000,
    text: 'A block whose end lacks its last byte is over after this silence, ms.',
  },
});
