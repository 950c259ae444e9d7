import { defineSettings } from '../core/index.js';

export const featuresSettings = defineSettings(
  'features',
  'Numbers about every device, brought up to date with every packet.',
  'restart',
  {
    row_packets: {
      type: 'integer',
      default: 64,
      min: 1,
      max: 65536,
      text: 'A device is scored after this many packets at the latest …',
    },
    row_interval_ms: {
      type: 'integer',
      default: 1000,
      min: 10,
      max: 60000,
      text: '… or after this much event time, when something happened since.',
    },
    row_gap_ms: {
      type: 'integer',
      default: 250,
      min: 0,
      max: 60000,
      text: 'Least event time between two rows of a device, however busy it is.',
    },
    row_interval_calm_ms: {
      type: 'integer',
      default: 5000,
      min: 10,
      max: 600000,
      text: 'The same for devices of medium or low criticality.',
    },
    entropy_every_packets: {
      type: 'integer',
      default: 16,
      min: 1,
      max: 1024,
      text: 'Payload entropy is taken of every n-th packet a device sends.',
    },
    exact_distinct: {
      type: 'integer',
      default: 256,
      min: 16,
      max: 4096,
      text: 'Distinct peers, ports and identifiers are counted exactly up to this many, by bitmap beyond.',
    },
    hl7_ack_timeout_s: {
      type: 'integer',
      default: 30,
      min: 1,
      max: 3600,
      text: 'An HL7 message counts as unacknowledged after this long.',
    },
    beacons_per_tick: {
      type: 'integer',
      default: 32,
      min: 1,
      max: 1024,
      text: 'Devices whose periodicity is brought up to date a second, in turn.',
    },
  },
);
