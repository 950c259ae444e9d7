/** PDU types (PS3.8 section 9.3.1). Header: type 1, reserved 1 (never tested), length 4 big-endian. */
export const Pdu = {
  AssociateRq: 1,
  AssociateAc: 2,
  AssociateRj: 3,
  PData: 4,
  ReleaseRq: 5,
  ReleaseRp: 6,
  Abort: 7,
} as const;

export const PDU_HEADER = 6;

/** Fixed part of A-ASSOCIATE-RQ and -AC behind the header: version 2, reserved 2, called 16, calling 16, reserved 32. */
export const ASSOCIATE_FIXED = 68;

/** Big-endian unsigned 32 bits. */
export function u32be(b: Buffer, o: number): number {
  return b[o] * 0x1000000 + ((b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3]);
}

export function u16be(b: Buffer, o: number): number {
  return (b[o] << 8) | b[o + 1];
}

/** Message control header bits of a PDV (PS3.8 annex E.2). */
export const Control = { Command: 1, Last: 2 } as const;
