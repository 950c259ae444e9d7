import { fold32, hashBytes, hashString, mix32 } from '../../core/index.js';
import { FieldMemory, fieldStart, IdAt, partEnd, text, timeOf } from './fields.js';
import { headerAt } from './probe.js';

const CR = 0x0d;
const LF = 0x0a;
const MSH = 0x4d5348;
const MSA = 0x4d5341;
const PID = 0x504944;
const OBX = 0x4f4258;
const BTS = 0x425453;
const FTS = 0x465453;
/** MSH fields that are read: up to MSH-12. */
const FIELDS = 13;

/** MSH-3 to MSH-6: who sends to whom, first components. */
interface Parties {
  readonly sendingApp: string;
  readonly sendingFacility: string;
  readonly receivingApp: string;
  readonly receivingFacility: string;
  readonly senderKey: number;
  readonly partiesKey: number;
}

/** MSH-9. */
interface MessageType {
  readonly name: string;
  readonly structure: string;
  readonly key: number;
}

/** MSH-11 and MSH-12. */
interface Version {
  readonly processingId: string;
  readonly version: string;
}

/** What is read of one message. Positions are of the buffer handed in. */
export interface MessageHead {
  readonly parties: Parties;
  readonly type: MessageType;
  readonly version: Version;
  /** The bytes the message is in; lent like the message itself: both are the reader's and used for the next one. */
  readonly bytes: Buffer;
  /** MSH-10, PID-3 and MSA-2: where they are, for pairing and tokenising; in clear they never leave the room. */
  readonly control: IdAt;
  readonly patient: IdAt;
  readonly answers: IdAt;
  /** MSH-7 as µs since 1970, NaN when unreadable. */
  readonly messageTimeUs: number;
  bodyHash: number;
  segments: number;
  longestSegment: number;
  obxCount: number;
  /** MSA-1, '' when this is no acknowledgement. */
  ackCode: string;
  lfSegments: boolean;
  /** Where the message ends: the next MSH, the trailer of a batch, or the end of the bytes. */
  end: number;
}

/** End of the segment that begins at `at`: the position of its CR or LF, or `to`. */
export function segmentEnd(b: Buffer, at: number, to: number): number {
  let i = at;
  while (i < to && b[i] !== CR && b[i] !== LF) i++;
  return i;
}

/** Reads the messages of one direction of a connection and remembers what repeats from message to message. */
export class MessageReader {
  readonly #seed: number;
  readonly #maxSegments: number;
  readonly #parties = new FieldMemory<Parties>();
  readonly #type = new FieldMemory<MessageType>();
  readonly #version = new FieldMemory<Version>();
  /** Where the MSH fields of the current message lie, −1 absent. */
  readonly #start = new Int32Array(FIELDS);
  readonly #end = new Int32Array(FIELDS);
  readonly #control = new IdAt();
  readonly #patient = new IdAt();
  readonly #answers = new IdAt();

  constructor(seed: number, maxSegments: number) {
    this.#seed = seed;
    this.#maxSegments = maxSegments;
  }

  /**
   * Reads the message that begins with MSH at `from` (HL7 v2 chapter 2). MSH-1 is the byte behind `MSH`, MSH-2 the
   * encoding characters (2 to 5), so field n of MSH follows the (n − 1)th separator; in every other segment field n
   * follows the nth. Returns null when it is no message.
   */
  read(b: Buffer, from: number, to: number): MessageHead | null {
    const mshEnd = segmentEnd(b, from, to);
    if (mshEnd - from < 8) return null;
    const separator = b[from + 3];
    const component = b[from + 4] === separator ? 0x5e : b[from + 4];
    const start = this.#start.fill(-1);
    const end = this.#end.fill(-1);
    let at = from + 4;
    for (let i = at, field = 2; i <= mshEnd && field < FIELDS; i++) {
      if (i === mshEnd || b[i] === separator) {
        start[field] = at;
        end[field++] = i;
        at = i + 1;
      }
    }
    const salt = (separator << 8) | component;
    this.#control.set(b, start[10], end[10]);
    this.#patient.from = -1;
    this.#answers.from = -1;
    const m: MessageHead = {
      parties: this.#partiesOf(b, salt, component),
      type: this.#typeOf(b, salt, component),
      version: this.#versionOf(b, salt, component),
      bytes: b,
      control: this.#control,
      patient: this.#patient,
      answers: this.#answers,
      messageTimeUs: timeOf(b, start[7], end[7]),
      bodyHash: 0,
      segments: 1,
      longestSegment: mshEnd - from,
      obxCount: 0,
      ackCode: '',
      lfSegments: false,
      end: to,
    }; // prettier-ignore
    readSegments(m, b, mshEnd, to, separator, component, this.#maxSegments);
    let hash = hashBytes(this.#seed, b, from, start[7] < 0 ? mshEnd : start[7]);
    if (start[8] >= 0) hash = hashBytes(hash, b, start[8], start[10] < 0 ? mshEnd : start[10]);
    m.bodyHash = hashBytes(hash, b, mshEnd, m.end);
    return m;
  }

  /** First component of an MSH field. */
  #first(b: Buffer, n: number, component: number): string {
    const from = this.#start[n];
    return from < 0 ? '' : text(b, from, partEnd(b, from, this.#end[n], component));
  }

  #partiesOf(b: Buffer, salt: number, component: number): Parties {
    const from = Math.max(0, this.#start[3]);
    const to = Math.max(from, this.#end[3], this.#end[4], this.#end[5], this.#end[6]);
    const known = this.#parties.of(b, from, to, salt);
    if (known !== null) return known;
    const seed = this.#seed;
    const sendingApp = this.#first(b, 3, component);
    const sendingFacility = this.#first(b, 4, component);
    const receivingApp = this.#first(b, 5, component);
    const receivingFacility = this.#first(b, 6, component);
    const sender = fold32(fold32(seed, hashString(seed, sendingApp)), hashString(seed, sendingFacility));
    const both = fold32(fold32(sender, hashString(seed, receivingApp)), hashString(seed, receivingFacility));
    return this.#parties.set(b, from, to, salt, {
      sendingApp,
      sendingFacility,
      receivingApp,
      receivingFacility,
      senderKey: mix32(sender),
      partiesKey: mix32(both),
    });
  }

  /** MSH-9: `ORU^R01^ORU_R01` → name ORU_R01, structure ORU_R01; a lone type keeps its name. */
  #typeOf(b: Buffer, salt: number, component: number): MessageType {
    const from = Math.max(0, this.#start[9]);
    const to = Math.max(from, this.#end[9]);
    const known = this.#type.of(b, from, to, salt);
    if (known !== null) return known;
    const parts: string[] = [];
    for (let at = from; at < to && parts.length < 3; ) {
      const e = partEnd(b, at, to, component);
      parts.push(text(b, at, e, 16));
      at = e + 1;
    }
    const [type = '', trigger = '', structure = ''] = parts;
    const name = trigger === '' ? type : `${type}_${trigger}`;
    return this.#type.set(b, from, to, salt, { name, structure, key: hashString(this.#seed, name) });
  }

  #versionOf(b: Buffer, salt: number, component: number): Version {
    const from = Math.max(0, this.#start[11]);
    const to = Math.max(from, this.#end[11], this.#end[12]);
    const known = this.#version.of(b, from, to, salt);
    if (known !== null) return known;
    const version = { processingId: this.#first(b, 11, component), version: this.#first(b, 12, component) };
    return this.#version.set(b, from, to, salt, version);
  }
}

/** The segments behind MSH, up to the next message or the trailer of a batch. */
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
    const name = at + 3 <= to ? (c << 16) | (b[at + 1] << 8) | b[at + 2] : 0;
    if (name === BTS || name === FTS || (name === MSH && headerAt(b, at, to) === 1)) {
      m.end = at;
      return;
    }
    const e = segmentEnd(b, at, to);
    m.segments++;
    if (e - at > m.longestSegment) m.longestSegment = e - at;
    if (m.segments <= max && at + 3 < e && b[at + 3] === separator) {
      if (name === OBX) m.obxCount++;
      else if (name === MSA && m.ackCode === '') {
        const code = fieldStart(b, at, e, separator, 1);
        m.ackCode = text(b, code, code < 0 ? -1 : partEnd(b, code, e, separator), 2);
        const id = fieldStart(b, at, e, separator, 2);
        m.answers.set(b, id, id < 0 ? -1 : partEnd(b, id, e, separator));
      } else if (name === PID && m.patient.from < 0) {
        const id = fieldStart(b, at, e, separator, 3);
        m.patient.set(b, id, id < 0 ? -1 : Math.min(partEnd(b, id, e, separator), partEnd(b, id, e, component)));
      }
    }
    at = e;
  }
}
