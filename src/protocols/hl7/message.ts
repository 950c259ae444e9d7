import { cleanText, hashBytes } from '../../core/index.js';

const CR = 0x0d;
const LF = 0x0a;

/** What is read of one message. Positions are of the buffer handed in. */
export interface MessageHead {
  messageType: string;
  structure: string;
  sendingApp: string;
  sendingFacility: string;
  receivingApp: string;
  receivingFacility: string;
  version: string;
  processingId: string;
  /** MSH-10 in clear, for tokenising and pairing; never leaves the room. */
  control: string;
  messageTime: string;
  bodyHash: number;
  segments: number;
  longestSegment: number;
  obxCount: number;
  /** PID-3, for tokenising; never leaves the room. */
  patient: string;
  /** MSA-1 and MSA-2, '' when this is no acknowledgement. */
  ackCode: string;
  ackControl: string;
  lfSegments: boolean;
}

/** End of the segment that begins at `at`: the position of its CR or LF, or `to`. */
export function segmentEnd(b: Buffer, at: number, to: number): number {
  let i = at;
  while (i < to && b[i] !== CR && b[i] !== LF) i++;
  return i;
}

/** Start of field `n` of the segment `b[at … end)` behind its name; −1 when there are fewer. Field 1 follows the first separator. */
function fieldStart(b: Buffer, at: number, end: number, separator: number, n: number): number {
  let seen = 0;
  for (let i = at + 3; i < end; i++) if (b[i] === separator && ++seen === n) return i + 1;
  return -1;
}

function fieldEnd(b: Buffer, at: number, end: number, separator: number): number {
  let i = at;
  while (i < end && b[i] !== separator) i++;
  return i;
}

function text(b: Buffer, from: number, to: number, max = 64): string {
  return from < 0 || to <= from ? '' : cleanText(b.toString('latin1', from, Math.min(to, from + max)), max);
}

/**
 * Reads one message, `b[from … to)` beginning with MSH (HL7 v2 chapter 2). MSH-1 is the byte behind `MSH`, MSH-2 the
 * encoding characters (2 to 5), so field n of MSH follows the (n − 1)th separator; in every other segment field n follows
 * the nth. Returns null when it is no message.
 */
export function readMessage(
  b: Buffer,
  from: number,
  to: number,
  seed: number,
  maxSegments: number,
): MessageHead | null {
  const mshEnd = segmentEnd(b, from, to);
  if (mshEnd - from < 8) return null;
  const separator = b[from + 3];
  const component = b[from + 4] === separator ? 0x5e : b[from + 4];
  // one pass over MSH: where fields 3 … 12 lie
  const start = new Array<number>(13).fill(-1);
  const end = new Array<number>(13).fill(-1);
  let field = 2;
  let at = from + 4;
  for (let i = at; i <= mshEnd && field <= 12; i++) {
    if (i === mshEnd || b[i] === separator) {
      start[field] = at;
      end[field] = i;
      field++;
      at = i + 1;
    }
  }
  const f = (n: number): string => text(b, start[n], end[n]);
  const first = (n: number): string => text(b, start[n], start[n] < 0 ? -1 : fieldEnd(b, start[n], end[n], component));
  const type = splitType(b, start[9], end[9], component);
  let hash = hashBytes(seed, b, from, start[7] < 0 ? mshEnd : start[7]);
  if (start[8] >= 0) hash = hashBytes(hash, b, start[8], start[10] < 0 ? mshEnd : start[10]);
  hash = hashBytes(hash, b, mshEnd, to);
  const m: MessageHead = {
    messageType: type.name,
    structure: type.structure,
    sendingApp: first(3),
    sendingFacility: first(4),
    receivingApp: first(5),
    receivingFacility: first(6),
    version: first(12),
    processingId: first(11),
    control: f(10),
    messageTime: f(7),
    bodyHash: hash,
    segments: 1,
    longestSegment: mshEnd - from,
    obxCount: 0,
    patient: '',
    ackCode: '',
    ackControl: '',
    lfSegments: false,
  }; // prettier-ignore
  readSegments(m, b, mshEnd, to, separator, component, maxSegments);
  return m;
}

/** MSH-9: `ORU^R01^ORU_R01` → name ORU_R01, structure ORU_R01; a lone type keeps its name. */
function splitType(b: Buffer, from: number, to: number, component: number): { name: string; structure: string } {
  if (from < 0) return { name: '', structure: '' };
  const parts: string[] = [];
  for (let at = from; at <= to && parts.length < 3; ) {
    const e = fieldEnd(b, at, to, component);
    parts.push(text(b, at, e, 16));
    at = e + 1;
  }
  const [type = '', trigger = '', structure = ''] = parts;
  return { name: trigger === '' ? type : `${type}_${trigger}`, structure };
}

function readSegments(
  m: MessageHead,
  b: Buffer,
  from: number,
  to: number,
  separator: number,
  component: number,
  max: number,
): void {
  let at = from;
  while (at < to) {
    const c = b[at];
    if (c === CR || c === LF) {
      if (c === LF) m.lfSegments = true;
      at++;
      continue;
    }
    const e = segmentEnd(b, at, to);
    m.segments++;
    if (e - at > m.longestSegment) m.longestSegment = e - at;
    if (m.segments <= max && b[at + 3] === separator) {
      const name = (b[at] << 16) | (b[at + 1] << 8) | b[at + 2];
      if (name === 0x4f4258) m.obxCount++;
      else if (name === 0x4d5341 && m.ackCode === '') {
        const code = fieldStart(b, at, e, separator, 1);
        m.ackCode = text(b, code, code < 0 ? -1 : fieldEnd(b, code, e, separator), 2);
        const id = fieldStart(b, at, e, separator, 2);
        m.ackControl = text(b, id, id < 0 ? -1 : fieldEnd(b, id, e, separator));
      } else if (name === 0x504944 && m.patient === '') {
        const id = fieldStart(b, at, e, separator, 3);
        m.patient = text(b, id, id < 0 ? -1 : Math.min(fieldEnd(b, id, e, separator), fieldEnd(b, id, e, component)));
      }
    }
    at = e;
  }
}

/** A time stamp (HL7 v2 2.A.21, `YYYYMMDDHHMM[SS[.S…]][±ZZZZ]`) as µs since 1970 UTC; without a zone read as UTC; NaN when it is none. */
export function timeOf(t: string): number {
  const m = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.(\d{1,4}))?(?:([+-])(\d{2})(\d{2}))?$/.exec(t);
  if (m === null) return Number.NaN;
  const ms = Date.UTC(+m[1], +m[2] - 1, +m[3], +m[4], +m[5], m[6] === undefined ? 0 : +m[6]);
  const zone = m[8] === undefined ? 0 : (m[8] === '-' ? -1 : 1) * (+m[9] * 60 + +m[10]) * 60_000;
  return (ms - zone) * 1000 + (m[7] === undefined ? 0 : Number(`0.${m[7]}`) * 1e6);
}
