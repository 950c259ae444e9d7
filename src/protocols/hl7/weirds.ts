import type { WeirdDef } from '../../core/index.js';

export const HL7_WEIRDS = {
  fsOnly: { id: 'hl7.framing.fs_only', text: 'Blocks end with FS alone.', action: 'count', ref: 'HL7 MLLP release 1' },
  fsLf: { id: 'hl7.framing.fs_lf', text: 'Blocks end with FS LF.', action: 'count', ref: 'HL7 MLLP release 1' },
  fsNul: { id: 'hl7.framing.fs_nul', text: 'Blocks end with FS NUL.', action: 'count', ref: 'HL7 MLLP release 1' },
  noEnd: {
    id: 'hl7.framing.no_end',
    text: 'A block begins before the last one ended.',
    action: 'count',
    ref: 'HL7 MLLP release 1',
  },
  raw: { id: 'hl7.framing.raw', text: 'HL7 without a block.', action: 'count', ref: 'HL7 MLLP release 1' },
  junk: { id: 'hl7.framing.junk', text: 'Bytes between blocks.', action: 'count', ref: 'HL7 MLLP release 1' },
  lfSegments: {
    id: 'hl7.framing.lf_segments',
    text: 'Segments end with LF or CR LF.',
    action: 'count',
    ref: 'HL7 v2 2.5.1',
  },
  multiple: {
    id: 'hl7.framing.multiple',
    text: 'Several messages in one block.',
    action: 'count',
    ref: 'HL7 MLLP release 1',
  },
  fsInside: {
    id: 'hl7.framing.fs_inside',
    text: 'FS inside a message: strict and lenient receivers disagree.',
    action: 'feature',
    ref: 'HL7 MLLP release 1',
  },
  vtInside: {
    id: 'hl7.framing.vt_inside',
    text: 'VT inside a message: strict and lenient receivers disagree.',
    action: 'feature',
    ref: 'HL7 MLLP release 1',
  },
  mllp2: {
    id: 'hl7.framing.mllp2',
    text: 'Commit acknowledgement of MLLP release 2.',
    action: 'count',
    ref: 'HL7 MLLP release 2',
  },
  large: { id: 'hl7.framing.large', text: 'A block without an end, longer than any message.', action: 'feature' },
  gap: { id: 'hl7.gap', text: 'A message with bytes missing; it is not counted.', action: 'count' },
  noHeader: {
    id: 'hl7.message.no_header',
    text: 'A block that does not begin with MSH, FHS or BHS.',
    action: 'count',
    ref: 'HL7 v2 2.5',
  },
  ackUnknown: {
    id: 'hl7.ack.unknown',
    text: 'An acknowledgement of a message that was not seen.',
    action: 'feature',
    ref: 'HL7 v2 2.9.2',
  },
  ackDuplicate: {
    id: 'hl7.ack.duplicate',
    text: 'A second acknowledgement of the same message.',
    action: 'count',
    ref: 'HL7 v2 2.9.2',
  },
  ackLate: { id: 'hl7.ack.late', text: 'An acknowledgement that took long.', action: 'count', ref: 'HL7 v2 2.9.2' },
  batchLong: {
    id: 'hl7.batch.long',
    text: 'More messages in one block than are read.',
    action: 'count',
  },
  batchCount: {
    id: 'hl7.batch.count',
    text: 'A batch whose trailer counts other than it holds.',
    action: 'count',
    ref: 'HL7 v2 2.10.3',
  },
  wide: {
    id: 'hl7.framing.utf16',
    text: 'Text of two octets a character.',
    action: 'count',
    ref: 'HL7 v2 2.15.9.18',
  },
  crFf: { id: 'hl7.framing.cr_ff', text: 'Blocks end with CR FF.', action: 'count', ref: 'HL7 MLLP release 1' },
} as const satisfies Record<string, WeirdDef>;
export type Hl7WeirdIds = Record<keyof typeof HL7_WEIRDS, number>;
export type Hl7Weird = keyof typeof HL7_WEIRDS;
