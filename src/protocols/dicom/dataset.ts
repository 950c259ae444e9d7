import { cleanBytes } from '../../core/index.js';

/** What may be known of a data set's head. Identifying values appear only as what they are not: empty or not. */
export interface DatasetHead {
  queryLevel: string;
  /** No selective key has a value that narrows the answers: empty, only `*` or `?`, or a range of more than a year. */
  wildcard: boolean;
  modality: string;
  manufacturer: string;
  model: string;
  station: string;
  softwareVersions: string;
  /** Study Instance UID, for tokenising; never leaves the room. */
  study: string;
  /** PE or ELF content in a private element. */
  executable: boolean;
}

export const EXPLICIT_BE = '1.2.840.10008.1.2.2';
export const IMPLICIT_LE = '1.2.840.10008.1.2';
export const DEFLATED = '1.2.840.10008.1.2.1.99';
/** GE private: implicit little endian except for its pixel data. */
const GE_IMPLICIT = '1.2.840.113619.5.2';

/** Whether elements come without their VR (PS3.5 7.1.3). */
export function isImplicit(transferSyntax: string): boolean {
  return transferSyntax === IMPLICIT_LE || transferSyntax === GE_IMPLICIT;
}

const MAX_ELEMENTS = 2048;
/** VRs with a 32-bit length and two reserved bytes (PS3.5 7.1.2). */
const LONG_VR = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT', 'SV', 'UV']);
/** Keys that select: patient name, id, accession, study, series and instance UID, scheduled station. */
const SELECTIVE = new Set([0x00100010, 0x00100020, 0x00080050, 0x0020000d, 0x0020000e, 0x00080018, 0x00400001]); // prettier-ignore
/** Dates that select unless the range is wide: study, series, scheduled start. */
const SELECTIVE_DATE = new Set([0x00080020, 0x00080021, 0x00400002]);
/** Scheduled procedure step sequence: a worklist query selects inside it (PS3.4 K.6.1.2.2). */
const SCHEDULED_STEP = 0x00400100;
/** Days from which on a range of dates selects nothing. */
const WIDE_DAYS = 366;
const UNDEFINED = 0xffffffff;

/**
 * Walks the head of a data set in the accepted transfer syntax up to the pixel data (7FE0,0010) or the end of what was
 * kept. Deflated syntax is never inflated. Lengths must move forward; sequences of known length are stepped over,
 * of undefined length walked into without descending in our own stack.
 */
export function readHead(b: Buffer, to: number, transferSyntax: string): DatasetHead {
  const h: DatasetHead = {
    queryLevel: '',
    wildcard: true,
    modality: '',
    manufacturer: '',
    model: '',
    station: '',
    softwareVersions: '',
    study: '',
    executable: false,
  }; // prettier-ignore
  if (transferSyntax === DEFLATED) return h;
  const big = transferSyntax === EXPLICIT_BE;
  const implicit = isImplicit(transferSyntax);
  const u16 = (o: number): number => (big ? b.readUInt16BE(o) : b.readUInt16LE(o));
  const u32 = (o: number): number => (big ? b.readUInt32BE(o) : b.readUInt32LE(o));
  let at = 0;
  let depth = 0;
  /** End of the scheduled step sequence that is walked into, −1 outside; its depth when its length is undefined. */
  let stepEnd = -1;
  let stepDepth = -1;
  /** Depth from which on elements are implicit: inside UN of undefined length (PS3.5 6.2.2 note 2), whatever is around it. */
  let plainFrom = Number.POSITIVE_INFINITY;
  for (let i = 0; i < MAX_ELEMENTS && at + 8 <= to; i++) {
    if (stepDepth < 0 && at >= stepEnd) stepEnd = -1;
    const group = u16(at);
    const element = u16(at + 2);
    const tag = group * 65536 + element;
    let length: number;
    let value: number;
    let vr = '';
    if (implicit || depth >= plainFrom || group === 0xfffe) {
      length = u32(at + 4);
      value = at + 8;
    } else {
      vr = b.toString('latin1', at + 4, at + 6);
      if (LONG_VR.has(vr)) {
        if (at + 12 > to) break;
        length = u32(at + 8);
        value = at + 12;
      } else {
        length = u16(at + 6);
        value = at + 8;
      }
    }
    if (group === 0x7fe0) break;
    if (group === 0xfffe) {
      if (element === 0xe0dd) {
        depth = Math.max(0, depth - 1);
        if (depth < plainFrom) plainFrom = Number.POSITIVE_INFINITY;
        if (depth <= stepDepth) stepEnd = stepDepth = -1;
      }
      at = value;
      continue; // items and delimiters: their elements follow
    }
    if (tag === SCHEDULED_STEP && depth === 0) {
      stepEnd = length === UNDEFINED ? Number.POSITIVE_INFINITY : value + length;
      stepDepth = length === UNDEFINED ? depth : -1;
    }
    if (length === UNDEFINED) {
      depth++;
      if (vr === 'UN') plainFrom = Math.min(plainFrom, depth);
      at = value;
      continue;
    }
    if (tag === SCHEDULED_STEP && depth === 0) {
      at = value;
      continue;
    }
    const end = Math.min(value + length, to);
    const inStep = stepEnd >= 0 && depth === stepDepth + 1;
    if (depth === 0 || inStep) {
      if (selects(b, tag, value, end)) h.wildcard = false;
      if (!inStep) take(h, b, tag, value, end);
    }
    if ((group & 1) === 1 && !h.executable) h.executable = looksExecutable(b, value, end);
    at = value + length;
  }
  return h;
}

/** True when a query key has a value that narrows the answers. */
function selects(b: Buffer, tag: number, from: number, to: number): boolean {
  const date = SELECTIVE_DATE.has(tag);
  if (to <= from || (!date && !SELECTIVE.has(tag))) return false;
  const text = b.toString('latin1', from, Math.min(to, from + 64)).replace(/[\0 ]+$/, '');
  if (text === '' || /^[*?]+$/.test(text)) return false;
  return !date || !isWide(text);
}

/** A range of dates (PS3.4 C.2.2.2.5.1) that is open at an end or longer than a year. */
function isWide(text: string): boolean {
  const range = /^(\d{8})?-(\d{8})?$/.exec(text.trim());
  if (range === null) return false;
  if (range[1] === undefined || range[2] === undefined) return true;
  return dayOf(range[2]) - dayOf(range[1]) > WIDE_DAYS;
}

function dayOf(date: string): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8))) / 86_400_000;
}

function take(h: DatasetHead, b: Buffer, tag: number, from: number, to: number): void {
  switch (tag) {
    case 0x00080052:
      h.queryLevel = cleanBytes(b, from, to, 16);
      break;
    case 0x00080060:
      h.modality = cleanBytes(b, from, to, 16);
      break;
    case 0x00080070:
      h.manufacturer = cleanBytes(b, from, to);
      break;
    case 0x00081090:
      h.model = cleanBytes(b, from, to);
      break;
    case 0x00081010:
      h.station = cleanBytes(b, from, to);
      break;
    case 0x00181020:
      h.softwareVersions = cleanBytes(b, from, to);
      break;
    case 0x0020000d:
      h.study = cleanBytes(b, from, to);
      break;
    default:
      break;
  }
}

/** `MZ … PE\0\0` or ELF at the start of a private value (CVE-2019-11687 keeps the rest of the program there). */
function looksExecutable(b: Buffer, from: number, to: number): boolean {
  if (to - from < 64) return false;
  if (b[from] === 0x7f && b[from + 1] === 0x45 && b[from + 2] === 0x4c && b[from + 3] === 0x46) return true;
  const pe = b.subarray(from, Math.min(to, from + 4096)).indexOf('PE\0\0', 0, 'latin1');
  if (pe < 0 || from + pe + 6 > to) return false;
  const machine = b.readUInt16LE(from + pe + 4);
  return machine === 0x014c || machine === 0x8664 || machine === 0x01c0 || machine === 0xaa64;
}
