import { defineSettings } from '../../core/index.js';

export const commandSettings = defineSettings('commands', 'Commands over the broker', 'live', {
  enabled: {
    type: 'strings',
    default: [],
    maxItems: 8,
    pattern: 'replay|ack|mute|unmute|normal',
    text: 'Commands taken from the broker: replay, ack, mute, unmute, normal. None by default; who may write to cmd/# is the business of its access list.',
  },
  per_minute: {
    type: 'integer',
    default: 30,
    min: 1,
    max: 6000,
    text: 'Commands taken in a minute, of all senders together; more are refused.',
  },
  max_bytes: {
    type: 'integer',
    default: 4096,
    min: 256,
    max: 65536,
    text: 'Size of a command, bytes.',
  },
  replay_max: {
    type: 'integer',
    default: 1000,
    min: 1,
    max: 100000,
    text: 'Verdicts sent again for one command; the answer says where to go on.',
  },
  replay_per_s: {
    type: 'integer',
    default: 100,
    min: 1,
    max: 10000,
    text: 'Verdicts sent again in a second at most; live ones come first.',
  },
  replays_waiting: {
    type: 'integer',
    default: 8,
    min: 1,
    max: 1000,
    text: 'Commands to send again that may wait at a broker; more are refused.',
  },
});
