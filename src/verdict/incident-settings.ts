import { defineSettings } from '../core/index.js';

export const incidentSettings = defineSettings('incidents', 'What people may say of incidents', 'live', {
  mute_h: {
    type: 'number',
    default: 8,
    min: 0.01,
    max: 8760,
    text: 'How long a mute lasts when nobody says, h.',
  },
  mute_max_h: {
    type: 'number',
    default: 168,
    min: 0.01,
    max: 8760,
    text: 'How long a mute may last, h.',
  },
  mute_max_guarded_h: {
    type: 'number',
    default: 8,
    min: 0,
    max: 168,
    text: 'How long one may last for a device that keeps somebody alive or watches him, h; 0 forbids it. It is always said for how long, and announced.',
  },
  mutes_max: {
    type: 'integer',
    default: 200,
    min: 1,
    max: 10000,
    text: 'Mutes in force at once.',
  },
});
