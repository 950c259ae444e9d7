import { Probe } from '../../core/index.js';
import { ASSOCIATE_FIXED, PDU_HEADER, Pdu, u16be, u32be } from './pdu.js';

/** An association request longer than this is not believed when nothing else speaks for DICOM. */
const MAX_REQUEST = 1 << 20;

/**
 * Is this the start of a DICOM upper layer stream? Decided on the stream, never on a packet (PS3.8 9.3.2): type 01, version
 * bit 0 set (only that bit is tested), 68 ≤ length, first item 10 with the characters of a UID. An acceptor's side begins
 * with 02, 03 or 07. Mid-stream also a P-DATA or release PDU whose lengths agree.
 */
export function probeDicom(b: Buffer, from: number, to: number, midstream: boolean): Probe {
  const n = to - from;
  const type = b[from];
  if (type === Pdu.AssociateRq || type === Pdu.AssociateAc) return probeAssociate(b, from, n);
  if (type === Pdu.PData) return probePData(b, from, n);
  if (
    type === Pdu.AssociateRj ||
    type === Pdu.Abort ||
    (midstream && (type === Pdu.ReleaseRq || type === Pdu.ReleaseRp))
  ) {
    return probeShort(b, from, n);
  }
  return Probe.No;
}

function probeAssociate(b: Buffer, from: number, n: number): Probe {
  if (n >= 3 && b[from + 2] !== 0) return Probe.No;
  if (n < PDU_HEADER) return Probe.More;
  const length = u32be(b, from + 2);
  if (length < ASSOCIATE_FIXED || length > MAX_REQUEST) return Probe.No;
  if (n < 8) return Probe.More;
  if ((b[from + 7] & 1) === 0) return Probe.No;
  const item = from + PDU_HEADER + ASSOCIATE_FIXED;
  if (n < PDU_HEADER + ASSOCIATE_FIXED + 5) return Probe.More;
  if (b[item] !== 0x10) return Probe.No;
  const first = b[item + 4];
  return first >= 0x30 && first <= 0x39 ? Probe.Yes : Probe.No;
}

/** RJ, ABORT, RELEASE: length 4, then four bytes of which three are small or reserved. */
function probeShort(b: Buffer, from: number, n: number): Probe {
  for (let i = 2; i < Math.min(n, 5); i++) if (b[from + i] !== 0) return Probe.No;
  if (n >= 6 && b[from + 5] !== 4) return Probe.No;
  if (n < 10) return Probe.More;
  const type = b[from];
  if (type === Pdu.AssociateRj) return b[from + 7] <= 2 && b[from + 8] >= 1 && b[from + 8] <= 3 ? Probe.Yes : Probe.No;
  return b[from + 8] <= 3 && b[from + 9] <= 8 ? Probe.Yes : Probe.No;
}

/** P-DATA-TF (PS3.8 9.3.5): item length + 4 ≤ PDU length, odd context id, control header ≤ 3; a command begins with its group length. */
function probePData(b: Buffer, from: number, n: number): Probe {
  if (n < 12) return n >= 3 && b[from + 2] > 0x10 ? Probe.No : Probe.More;
  const length = u32be(b, from + 2);
  const pdv = u32be(b, from + PDU_HEADER);
  const context = b[from + 10];
  const control = b[from + 11];
  if (pdv < 2 || pdv + 4 > length || (context & 1) === 0 || control > 3) return Probe.No;
  if (control & 1) {
    if (pdv < 14) return Probe.No;
    if (n < 24) return Probe.More;
    return u32be(b, from + 12) === 0 &&
      u16be(b, from + 16) === 0x0400 &&
      u16be(b, from + 18) === 0 &&
      // the length of the group, little endian: below 64 KiB
      b[from + 22] === 0 &&
      b[from + 23] === 0
      ? Probe.Yes
      : Probe.No;
  }
  // a data set alone proves less: it must fill its PDU
  return pdv + 4 === length ? Probe.Yes : Probe.No;
}

/** Whether a PDU certainly begins here; used to find the way again after lost bytes. */
export function certainPdu(b: Buffer, from: number, to: number): boolean {
  return probeDicom(b, from, to, true) === Probe.Yes;
}
