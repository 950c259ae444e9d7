import t from 'tap';
import { settingsDefaults } from '../../../src/core/index.js';
import { createDicom, dicomSettings } from '../../../src/protocols/dicom/index.js';
import { runTranscripts } from '../../support/transcript.js';

runTranscripts(t, 'protocols/dicom/dicom.transcript.md', (ctx) => createDicom(ctx, settingsDefaults(dicomSettings)));
