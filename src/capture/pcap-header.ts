import { MAX_RECORD } from './next.js';

/*
 * pcap file header (pcap-savefile(5)), 24 bytes in the writer's byte order:
 *   magic u32, major u16, minor u16, zone i32, accuracy u32, snap length u32, link type u32
 * Record header, 16 bytes and `extra` more in some dialects:
 *   seconds u32, fraction u32, captured length u32, wire length u32
 */
const MAGIC_US = 0xa1b2c3d4;
const MAGIC_NS = 0xa1b23c4d;
/** Alexey Kuznetzov's patches of 1999: more fields in a record, how many the magic does not say. */
const MAGIC_MODIFIED = 0xa1b2cd34;
/** IXIA lcap: the size of all records follows the header; hardware stamps are ns, software stamps µs. */
const MAGIC_IXIA_HW = 0x1c0001ac;
const MAGIC_IXIA_SW = 0x1c0001ab;
const MAGICS = [MAGIC_US, MAGIC_NS, MAGIC_MODIFIED, MAGIC_IXIA_HW, MAGIC_IXIA_SW];

/** Which of the two lengths of a record is the captured one. */
export const Lengths = { Normal: 0, Swapped: 1, LargerIsWire: 2 } as const;
export type Lengths = (typeof Lengths)[keyof typeof Lengths];

export interface PcapHeader {
  readonly little: boolean;
  readonly nano: boolean;
  /** Bytes of the file header. */
  readonly size: number;
  /** Bytes of a record header beyond 16. */
  readonly extra: number;
  readonly lengths: Lengths;
  readonly linkType: number;
}

/** Bytes that must be there before `readPcapHeader` can judge. */
export const PCAP_HEADER_BYTES = 28;

export function isPcap(b: Buffer, at: number): boolean {
  return MAGICS.includes(b.readUInt32LE(at)) || MAGICS.includes(b.readUInt32BE(at));
}

/**
 * Reads the header at `at`; the dialects that share a magic are told apart by trying the first records.
 * @param end one past the last byte at hand
 */
export function readPcapHeader(b: Buffer, at: number, end: number): PcapHeader {
  const little = MAGICS.includes(b.readUInt32LE(at));
  const u32 = (o: number): number => (little ? b.readUInt32LE(o) : b.readUInt32BE(o));
  const u16 = (o: number): number => (little ? b.readUInt16LE(o) : b.readUInt16BE(o));
  const magic = u32(at);
  const major = u16(at + 4);
  const minor = u16(at + 6);
  const snapLen = u32(at + 16);
  // the upper bits tell of frame check sequences
  let linkType = u32(at + 20) & 0xffff;
  const ixia = magic === MAGIC_IXIA_HW || magic === MAGIC_IXIA_SW;
  const size = ixia ? 28 : 24;
  let nano = magic === MAGIC_NS || magic === MAGIC_IXIA_HW;
  // version 2.3 turned the two lengths round, but not every writer of 2.3 did; DG/UX calls its old order 543.0
  let lengths: Lengths = Lengths.Normal;
  if ((major === 2 && minor < 3) || major === 543) lengths = Lengths.Swapped;
  else if (major === 2 && minor === 3) lengths = Lengths.LargerIsWire;

  let extra = 0;
  const aix = magic === MAGIC_US && major === 2 && minor === 2 ? AIX_LINK_TYPES[linkType] : undefined;
  if (aix !== undefined) {
    linkType = aix;
    nano = true;
    lengths = Lengths.Normal;
  } else if (lengths === Lengths.Normal && magic === MAGIC_US) {
    extra = bestDialect([PLAIN, RED_HAT, NOKIA], b, at + size, end, u32, u16, snapLen);
  } else if (magic === MAGIC_MODIFIED) {
    extra = bestDialect([RED_HAT, SUSE], b, at + size, end, u32, u16, snapLen);
  }
  return { little, nano, size, extra, lengths, linkType };
}

/** AIX writes version 2.2 with RFC 1573 ifType values and nanoseconds: ifType to LINKTYPE. */
const AIX_LINK_TYPES: Readonly<Record<number, number>> = { 6: 1, 9: 6, 15: 10, 24: 0 };

/** Extra record-header bytes of the dialects (ss990417 and ss991029; ss990915; Nokia IPSO). */
const PLAIN = 0;
const RED_HAT = 8;
const SUSE = 12;
const NOKIA = 4;
const TRIED_RECORDS = 3;

type Read = (at: number) => number;

/** The dialect whose reading of the first records has the fewest faults; the first one wins a draw. */
function bestDialect(
  dialects: readonly number[],
  b: Buffer,
  from: number,
  end: number,
  u32: Read,
  u16: Read,
  snapLen: number,
): number {
  let best = dialects[0];
  let least = Number.POSITIVE_INFINITY;
  for (const extra of dialects) {
    const faults = faultsOf(extra, b, from, end, u32, u16, snapLen);
    if (faults < least) {
      least = faults;
      best = extra;
    }
  }
  return best;
}

function faultsOf(extra: number, b: Buffer, from: number, end: number, u32: Read, u16: Read, snapLen: number): number {
  let faults = 0;
  let at = from;
  for (let i = 0; i < TRIED_RECORDS && at < end; i++) {
    if (at + 16 + extra > end) return faults + 1;
    const cap = u32(at + 8);
    const wire = u32(at + 12);
    if (u32(at + 4) >= 1_000_000) faults++;
    if (cap > snapLen) faults++;
    if (cap > wire) faults++;
    if (wire > 1 << 27) faults++;
    if (extra === RED_HAT || extra === SUSE) {
      // interface index, link protocol, packet type
      const protocol = u16(at + 20);
      if (u32(at + 16) > 10_000) faults++;
      if (protocol > 0x17 && protocol < 0x600 && protocol !== 0x60 && protocol !== 0x200 && protocol !== 0x400)
        faults++;
      if (b[at + 22] > 4) faults++;
    } else if (extra === NOKIA && (u32(at + 16) & 0x0fff00f0) >>> 0 !== 0x0fbf0000) faults++;
    if (cap > MAX_RECORD) return faults + 1;
    at += 16 + extra + cap;
    if (at > end) return faults + 1;
  }
  return faults;
}
