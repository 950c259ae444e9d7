import { defineSettings } from '../core/index.js';

export const protocolsSettings = defineSettings('protocols', 'Recognition of application protocols', 'restart', {
  probe_bytes: {
    type: 'integer',
    default: 512,
    min: 64,
    max: 4096,
    text: 'First bytes of a direction kept until a protocol is recognised.',
  },
  max_sessions: {
    type: 'integer',
    default: 16384,
    min: 64,
    max: 1048576,
    text: 'Flows decoded at once at most; those beyond are recognised and only counted.',
  },
  unfinished_mib: {
    type: 'integer',
    default: 64,
    min: 16,
    max: 4096,
    text: 'Memory for messages that are not whole yet, all flows, MiB; when it is spent the message that began longest ago is given up.',
  },
  relearn_after_gap: {
    type: 'boolean',
    default: true,
    text: 'Look again for a protocol after lost bytes, when none was recognised before.',
  },
});
