import { defineSettings } from '../core/index.js';

export const layersSettings = defineSettings('layers', 'Headers and tunnels', 'restart', {
  max_depth: {
    type: 'integer',
    default: 8,
    min: 1,
    max: 32,
    text: 'Encapsulations peeled before a packet is only counted.',
  },
  fragment_memory_kib: {
    type: 'integer',
    default: 8192,
    min: 64,
    max: 262144,
    text: 'Memory for IP fragments waiting for their rest, KiB; the oldest datagram leaves first.',
  },
  fragment_timeout_s: {
    type: 'number',
    default: 30,
    min: 1,
    max: 300,
    text: 'How long a datagram waits for its fragments, s of event time.',
  },
  fragment_datagrams: {
    type: 'integer',
    default: 1024,
    min: 16,
    max: 65536,
    text: 'Datagrams waiting for fragments at most.',
  },
  verify_checksums: {
    type: 'boolean',
    default: false,
    text: 'Verify TCP and UDP checksums and drop packets whose checksums are wrong, as hosts do: what no host believes cannot mislead the sensor. Costs a pass over every payload; leave it off where hosts with offloads are on the mirror. Off: the IPv4 header is checked and bad ones are counted.',
  },
});
