import t from 'tap';
import { settingsDefaults } from '../../../src/core/index.js';
import { createHl7, hl7Settings } from '../../../src/protocols/hl7/index.js';
import { runTranscripts } from '../../support/transcript.js';

runTranscripts(t, 'protocols/hl7/hl7.transcript.md', (ctx) => createHl7(ctx, settingsDefaults(hl7Settings)));
