/** Names are followed through at most this many pointers and records looked at (RFC 1035 sets no limit). */
const MAX_JUMPS = 8;
const MAX_NAME = 255;
const MAX_RECORDS = 64;
/** Labels of a message read in all: names that point to each other say the same many times. */
const MAX_LABELS = 512;

/** Types used here (RFC 1035 3.2.2, RFC 2782, RFC 3596). */
export const RecordType = { A: 1, Ptr: 12, Txt: 16, Aaaa: 28, Srv: 33 } as const;

/** A resource record; `data … end` is RDATA in the message. */
export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly data: number;
  readonly end: number;
}

/** A message as far as it could be read. */
export interface Message {
  readonly response: boolean;
  readonly opcode: number;
  readonly rcode: number;
  readonly questions: number;
  /** Answers, authorities and additionals, in wire order. */
  readonly records: readonly ResourceRecord[];
}

/** Where a name ends in the message, after `readName`; −1 when it was bad. */
let nameEnd = -1;
/** Labels read of the current message. */
let labelsRead = 0;

/** A name as text with dots (latin-1), '' for the root or a bad one; `lastNameEnd` says where it ended. */
export function readName(b: Buffer, start: number, at: number, to: number): string {
  const labels: string[] = [];
  let length = 0;
  let jumps = 0;
  let p = at;
  nameEnd = -1;
  for (;;) {
    if (p >= to) return bad();
    const n = b[p];
    if (n === 0) {
      if (nameEnd < 0) nameEnd = p + 1;
      return labels.join('.');
    }
    if ((n & 0xc0) === 0xc0) {
      if (p + 1 >= to || ++jumps > MAX_JUMPS) return bad();
      if (nameEnd < 0) nameEnd = p + 2;
      const target = start + (((n & 0x3f) << 8) | b[p + 1]);
      // a pointer goes back, else it could go round
      if (target >= p) return bad();
      p = target;
      continue;
    }
    length += n + 1;
    if (n > 63 || ++labelsRead > MAX_LABELS || length > MAX_NAME || p + 1 + n > to) return bad();
    labels.push(b.toString('latin1', p + 1, p + 1 + n));
    p += n + 1;
  }
}

function bad(): string {
  nameEnd = -1;
  return '';
}

export const lastNameEnd = (): number => nameEnd;

/*
 * id 2, flags 2, counts 4 × 2; questions: name, type 2, class 2; records: name, type 2, class 2, TTL 4, length 2, data
 */
/** Null when even the questions cannot be read. */
export function readMessage(b: Buffer, from: number, to: number): Message | null {
  if (to - from < 12) return null;
  labelsRead = 0;
  const flags = b.readUInt16BE(from + 2);
  const questions = b.readUInt16BE(from + 4);
  if (questions > MAX_RECORDS) return null;
  let at = from + 12;
  for (let i = 0; i < questions; i++) {
    readName(b, from, at, to);
    if (nameEnd < 0 || nameEnd + 4 > to) return null;
    at = nameEnd + 4;
  }
  const total = b.readUInt16BE(from + 6) + b.readUInt16BE(from + 8) + b.readUInt16BE(from + 10);
  const records: ResourceRecord[] = [];
  for (let i = 0; i < total && i < MAX_RECORDS; i++) {
    const name = readName(b, from, at, to);
    if (nameEnd < 0 || nameEnd + 10 > to) break;
    const type = b.readUInt16BE(nameEnd);
    const data = nameEnd + 10;
    const end = data + b.readUInt16BE(nameEnd + 8);
    if (end > to) break;
    records.push({ name, type, data, end });
    at = end;
  }
  return { response: (flags & 0x8000) !== 0, opcode: (flags >> 11) & 15, rcode: flags & 15, questions, records };
}

/** `key=value` pairs of a TXT record (RFC 6763 6), keys in small letters. */
export function* textPairs(b: Buffer, r: ResourceRecord): Generator<readonly [string, string]> {
  for (let at = r.data; at < r.end; ) {
    const n = b[at];
    const end = at + 1 + n;
    if (end > r.end) return;
    const text = b.toString('utf8', at + 1, end);
    const eq = text.indexOf('=');
    if (eq > 0) yield [text.slice(0, eq).toLowerCase(), text.slice(eq + 1)];
    at = end;
  }
}
