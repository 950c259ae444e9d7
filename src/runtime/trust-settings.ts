import { defineSettings } from '../core/index.js';

export const trustSettings = defineSettings('trust', 'When the sensor doubts its own sight', 'live', {
  loss_share: {
    type: 'number',
    default: 0.001,
    min: 0,
    max: 1,
    text: 'Share of packets lost, or gone without a trace, within a minute from which that is told.',
  },
  offload_frames: {
    type: 'integer',
    default: 10,
    min: 1,
    max: 1000000,
    text: 'Frames above the MTU within a minute from which offloads are told.',
  },
  one_sided_share: {
    type: 'number',
    default: 0.5,
    min: 0,
    max: 1,
    text: 'Share of TCP conversations seen in one direction only from which that is told.',
  },
  one_sided_flows: {
    type: 'integer',
    default: 10,
    min: 1,
    max: 1000000,
    text: 'Such conversations at least.',
  },
  duplicate_share: {
    type: 'number',
    default: 0.2,
    min: 0,
    max: 1,
    text: 'Share of packets within a minute that came twice from which that is told.',
  },
  clock_step_ms: {
    type: 'integer',
    default: 500,
    min: 20,
    max: 86400000,
    text: 'Step of the wall clock that is told, ms; smaller ones are counted and bridged too.',
  },
  silent_interface_s: {
    type: 'integer',
    default: 60,
    min: 0,
    max: 86400,
    text: 'Time without a packet after which a capture interface is called silent, s; 0 never.',
  },
  gone_share: {
    type: 'number',
    default: 0.5,
    min: 0.1,
    max: 1,
    text: 'Share of the devices that were talking that must fall silent at once for the sensor to doubt itself.',
  },
  gone_devices: {
    type: 'integer',
    default: 6,
    min: 2,
    max: 65536,
    text: 'Devices that must have been talking for that.',
  },
});
