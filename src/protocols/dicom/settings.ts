import { defineSettings } from '../../core/index.js';

export const dicomSettings = defineSettings('dicom', 'DICOM decoder', 'restart', {
  associate_kib: {
    type: 'integer',
    default: 1024,
    min: 16,
    max: 8192,
    text: 'Largest A-ASSOCIATE PDU that is read, KiB; a larger one is skipped.',
  },
  command_kib: {
    type: 'integer',
    default: 64,
    min: 4,
    max: 1024,
    text: 'Largest DIMSE command set that is read, KiB.',
  },
  dataset_head_kib: {
    type: 'integer',
    default: 64,
    min: 1,
    max: 64,
    text: 'Bytes of a data set that are looked at, KiB; the rest is counted.',
  },
  artim_s: {
    type: 'number',
    default: 30,
    min: 1,
    max: 3600,
    text: 'Association request, reject or release timer (PS3.8 9.1.5), seconds: longer waits for an answer or for the close are named.',
  },
  violations_per_flow: {
    type: 'integer',
    default: 8,
    min: 1,
    max: 1000,
    text: 'Violations after which a flow is only counted.',
  },
});
