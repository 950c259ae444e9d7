import type { WeirdDef } from '../core/index.js';

/** Oddities of TCP and of spans that this room names. */
export const FLOW_WEIRDS = {
  overlapDiffers: {
    id: 'tcp.overlap.differs',
    text: 'Overlapping or repeated segments carry different bytes.',
    action: 'feature',
    ref: 'RFC 9293 3.10.7.4',
  },
  overlap: { id: 'tcp.overlap', text: 'Segments overlap.', action: 'count', ref: 'RFC 9293 3.10.7.4' },
  gap: { id: 'tcp.gap', text: 'Bytes of a stream were not seen.', action: 'count' },
  rstWindow: {
    id: 'tcp.rst.window',
    text: 'A reset that the receiver would not believe.',
    action: 'feature',
    ref: 'RFC 5961 3.2',
  },
  synResend: {
    id: 'tcp.syn.established',
    text: 'A SYN with another sequence number inside an established connection.',
    action: 'feature',
    ref: 'RFC 5961 4',
  },
  synData: { id: 'tcp.syn.data', text: 'A SYN that carries data.', action: 'count', ref: 'RFC 7413' },
  window: { id: 'tcp.window', text: 'A segment far outside any window.', action: 'count', ref: 'RFC 9293 3.10.7.4' },
  segmentsLimit: {
    id: 'tcp.segments.limit',
    text: 'More segments wait for an earlier one than the limit.',
    action: 'count',
  },
  memoryLimit: { id: 'tcp.memory.limit', text: 'The memory for waiting segments is used up.', action: 'count' },
  finWindow: {
    id: 'tcp.fin.window',
    text: 'An end the receiver would not believe.',
    action: 'feature',
    ref: 'RFC 9293 3.10.7.4',
  },
  finData: {
    id: 'tcp.fin.data',
    text: 'Data beyond the end of its direction.',
    action: 'count',
    ref: 'RFC 9293 3.10.7.4',
  },
  twoPaths: {
    id: 'span.copy.macs',
    text: 'The same packet was seen between two pairs of MAC addresses: before and after a router, or someone in between.',
    action: 'feature',
  },
} as const satisfies Record<string, WeirdDef>;

/** Registered numbers, under the same keys. */
export type FlowWeirdIds = Record<keyof typeof FLOW_WEIRDS, number>;
