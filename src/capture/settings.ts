import { defineSettings } from '../core/index.js';

export const captureSettings = defineSettings('capture', 'Where packets come from', {
  interface: {
    type: 'string',
    default: '',
    maxLength: 64,
    text: 'Interface wired to the mirror port; --interface overrides it.',
  },
  filter: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'BPF filter (pcap-filter syntax); empty takes everything. Tagged frames need "vlan and …" as well.',
  },
  snaplen: {
    type: 'integer',
    default: 65535,
    min: 96,
    max: 262144,
    text: 'Bytes kept of a frame; less than the largest frame leaves gaps in streams.',
  },
  buffer_mib: { type: 'integer', default: 64, min: 2, max: 2047, text: 'Kernel ring buffer, MiB.' },
  promiscuous: { type: 'boolean', default: true, text: 'Take frames that are not addressed to this machine.' },
  block_timeout_ms: {
    type: 'integer',
    default: 1,
    min: 1,
    max: 100,
    text: 'Longest time the kernel keeps a part-filled block, ms.',
  },
  batch_kib: {
    type: 'integer',
    default: 1024,
    min: 512,
    max: 16384,
    text: 'Size of the one buffer packets are handed over in, KiB.',
  },
  turn_packets: {
    type: 'integer',
    default: 4096,
    min: 16,
    max: 100000,
    text: 'Most packets handled before timers and messages get their turn.',
  },
  turn_ms: {
    type: 'number',
    default: 2,
    min: 0.1,
    max: 20,
    text: 'Most time spent on packets before timers and messages get their turn, ms.',
  },
  source: {
    type: 'enum',
    values: ['auto', 'addon', 'cap'],
    default: 'auto',
    text: 'Capture library: own addon on libpcap, or the portable package cap (no kernel time, no drop counts).',
  },
  reopen_s: {
    type: 'number',
    default: 1,
    min: 0.1,
    max: 60,
    text: 'Pause between attempts to reopen an interface that went away, s.',
  },
});
