import { fold32, hash53, hashBytes, hashString, mix32 } from '../../core/index.js';
import { FieldMemory, fieldStart, IdAt, partEnd, splitFields, text, timeOf } from './fields.js';
import { type Context, Repeating } from './history.js';
import { Flag, Observation } from './observation.js';
import { headerAt } from './probe.js';

const CR = 0x0d;
const LF = 0x0a;
const MSH = 0x4d5348;
const MSA = 0x4d5341;
const PID = 0x504944;
const OBX = 0x4f4258;
const OBR = 0x4f4252;
const MRG = 0x4d5247;
const ERR = 0x455252;
const PRT = 0x505254;
const RXG = 0x525847;
const QPD = 0x515044;
const QRD = 0x515244;
const BTS = 0x425453;
const FTS = 0x465453;
/** MSH fields that are read: up to MSH-21. */
const FIELDS = 22;

/** MSH-3 to MSH-6: who sends to whom, first components. */
interface Parties {
  readonly sendingApp: string;
  readonly sendingFacility: string;
  readonly receivingApp: string;
  readonly receivingFacility: string;
  readonly senderKey: number;
  readonly partiesKey: number;
  /** `partiesKey` of the answer: sender and receiver exchanged. */
  readonly answerKey: number;
}

/** MSH-9. */
interface MessageType {
  readonly name: string;
  readonly structure: string;
  readonly key: number;
  /** A bare acknowledgement (ACK). */
  readonly ack: boolean;
}

/** MSH-11 and MSH-12. */
interface Version {
  readonly processingId: string;
  readonly version: string;
}

/** MSH-15 to MSH-21. */
interface Terms {
  readonly acceptAck: string;
  readonly applicationAck: string;
  readonly charset: string;
  readonly profile: string;
}

const NO_TERMS: Terms = { acceptAck: '', applicationAck: '', charset: '', profile: '' };

/** Hears the observations of a message as they are read. */
export type ObservationSink = (o: Observation, value: number, context: Context) => void;

/** Hears the infusion orders (RXG) of a message: where they lie, and which one it is. */
export type GiveSink = (b: Buffer, at: number, e: number, separator: number, component: number, index: number) => void;

/** What is read of one message. Positions are of the buffer handed in. */
export interface MessageHead {
  readonly parties: Parties;
  readonly type: MessageType;
  readonly version: Version;
  readonly terms: Terms;
  /** The bytes the message is in; lent like the message itself: both are the reader's and used for the next one. */
  readonly bytes: Buffer;
  /** MSH-10, PID-3 and MSA-2: where they are, for pairing and tokenising; in clear they never leave the room. */
  readonly control: IdAt;
  readonly patient: IdAt;
  readonly answers: IdAt;
  /** 32 bits of PID-3's hash, 0 absent. */
  patientKey: number;
  /** MSH-7 as µs since 1970, NaN when unreadable. */
  readonly messageTimeUs: number;
  bodyHash: number;
  segments: number;
  longestSegment: number;
  obxCount: number;
  /** Numeric OBX-5 with a readable OBX-7, how many lie outside it, and how many OBX-8 says otherwise of. */
  obxNumeric: number;
  obxOutOfRange: number;
  obxFlagMismatch: number;
  /** Kinds of observation (`Measured`), 0 none. */
  measured: number;
  /** ERR segments, whether there is an MRG, and how many parameters a query (QPD, QRD) fills in, −1 no query. */
  errors: number;
  merges: boolean;
  queryParameters: number;
  /** Where the device says who it is: OBX-18, PRT-10, PRT-16 (UDI device identifier) and PRT-20 (serial number). */
  readonly equipment: IdAt;
  readonly deviceIdentifier: IdAt;
  readonly serial: IdAt;
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
  readonly #terms = new FieldMemory<Terms>();
  /** Where the MSH fields of the current message lie, −1 absent. */
  readonly #start = new Int32Array(FIELDS).fill(-1);
  readonly #end = new Int32Array(FIELDS).fill(-1);
  readonly #control = new IdAt();
  readonly #patient = new IdAt();
  readonly #answers = new IdAt();
  readonly #equipment = new IdAt();
  readonly #deviceIdentifier = new IdAt();
  readonly #serial = new IdAt();
  readonly #observation = new Observation();
  readonly #context: Context = {
    before: new Repeating(),
    link: 0,
    path: 0,
    patient: 0,
    order: 0,
    time: 0,
    measured: 0,
  };
  /** Hears observations; null reads none beyond their count. */
  observations: ObservationSink | null = null;
  /** Hears infusion orders; null reads none. */
  orders: GiveSink | null = null;
  #gives = 0;
  /** Hash of the addresses the direction's messages travel between. */
  path = 0;

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
    if (to - from < 8) return null;
    const separator = b[from + 3];
    const component = b[from + 4] === separator ? 0x5e : b[from + 4];
    const start = this.#start;
    const end = this.#end;
    const mshEnd = splitFields(b, from + 4, to, separator, start, end, 2);
    if (mshEnd - from < 8) return null;
    const salt = (separator << 8) | component;
    this.#control.set(b, start[10], end[10]);
    this.#patient.from = -1;
    this.#answers.from = -1;
    this.#equipment.from = -1;
    this.#deviceIdentifier.from = -1;
    this.#serial.from = -1;
    const m: MessageHead = {
      parties: this.#partiesOf(b, salt, component),
      type: this.#typeOf(b, salt, component),
      version: this.#versionOf(b, salt, component),
      terms: this.#termsOf(b, salt, component),
      bytes: b,
      control: this.#control,
      patient: this.#patient,
      answers: this.#answers,
      patientKey: 0,
      messageTimeUs: timeOf(b, start[7], end[7]),
      bodyHash: 0,
      segments: 1,
      longestSegment: mshEnd - from,
      obxCount: 0,
      obxNumeric: 0,
      obxOutOfRange: 0,
      obxFlagMismatch: 0,
      measured: 0,
      errors: 0,
      merges: false,
      queryParameters: -1,
      equipment: this.#equipment,
      deviceIdentifier: this.#deviceIdentifier,
      serial: this.#serial,
      ackCode: '',
      lfSegments: false,
      end: to,
    }; // prettier-ignore
    this.#segments(m, b, mshEnd, to, separator, component);
    m.measured = this.#context.measured;
    // nobody asks whether an acknowledgement came before
    if (!m.type.ack) m.bodyHash = this.#bodyHash(b, from, mshEnd, m.end);
    return m;
  }

  /** Lets go of the bytes that were read. */
  forget(): void {
    this.#observation.forget();
  }

  /** Hash of a message without MSH-7 (time) and MSH-10 (control id). */
  #bodyHash(b: Buffer, from: number, mshEnd: number, end: number): number {
    const start = this.#start;
    let hash = hashBytes(this.#seed, b, from, start[7] < 0 ? mshEnd : start[7]);
    if (start[8] >= 0) hash = hashBytes(hash, b, start[8], start[10] < 0 ? mshEnd : start[10]);
    return hashBytes(hash, b, mshEnd, end);
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
    const pair = (h: number, app: string, facility: string): number =>
      fold32(fold32(h, hashString(seed, app)), hashString(seed, facility));
    const sender = pair(seed, sendingApp, sendingFacility);
    return this.#parties.set(b, from, to, salt, {
      sendingApp,
      sendingFacility,
      receivingApp,
      receivingFacility,
      senderKey: mix32(sender),
      partiesKey: mix32(pair(sender, receivingApp, receivingFacility)),
      answerKey: mix32(pair(pair(seed, receivingApp, receivingFacility), sendingApp, sendingFacility)),
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
    return this.#type.set(b, from, to, salt, {
      name,
      structure,
      key: hashString(this.#seed, name),
      ack: name.startsWith('ACK'),
    });
  }

  #versionOf(b: Buffer, salt: number, component: number): Version {
    const from = Math.max(0, this.#start[11]);
    const to = Math.max(from, this.#end[11], this.#end[12]);
    const known = this.#version.of(b, from, to, salt);
    if (known !== null) return known;
    const version = { processingId: this.#first(b, 11, component), version: this.#first(b, 12, component) };
    return this.#version.set(b, from, to, salt, version);
  }

  #termsOf(b: Buffer, salt: number, component: number): Terms {
    const from = this.#start[15];
    if (from < 0) return NO_TERMS;
    let to = from;
    for (let n = 15; n < FIELDS; n++) if (this.#end[n] > to) to = this.#end[n];
    const known = this.#terms.of(b, from, to, salt);
    if (known !== null) return known;
    return this.#terms.set(b, from, to, salt, {
      acceptAck: this.#first(b, 15, component),
      applicationAck: this.#first(b, 16, component),
      charset: this.#first(b, 18, component),
      profile: this.#first(b, 21, component),
    });
  }

  /** The segments behind MSH, up to the next message or the trailer of a batch. */
  #segments(m: MessageHead, b: Buffer, from: number, to: number, separator: number, component: number): void {
    const context = this.#context;
    context.link = m.parties.partiesKey;
    context.path = this.path;
    context.patient = context.order = context.time = context.measured = 0;
    this.#gives = 0;
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
      const known = ++m.segments <= this.#maxSegments && at + 3 < to && b[at + 3] === separator;
      const observed = known && name === OBX;
      const e = observed ? this.#obx(m, b, at, to, separator, component) : segmentEnd(b, at, to);
      if (e - at > m.longestSegment) m.longestSegment = e - at;
      if (known && !observed) this.#segment(m, name, b, at, e, separator, component);
      at = e;
    }
  }

  #segment(m: MessageHead, name: number, b: Buffer, at: number, e: number, separator: number, component: number): void {
    if (name === MSA && m.ackCode === '') {
      const code = fieldStart(b, at, e, separator, 1);
      m.ackCode = text(b, code, code < 0 ? -1 : partEnd(b, code, e, separator), 2);
      const id = fieldStart(b, at, e, separator, 2);
      m.answers.set(b, id, id < 0 ? -1 : partEnd(b, id, e, separator));
    } else if (name === PID && m.patient.from < 0) {
      firstOf(m.patient, b, at, e, separator, component, 3);
      m.patientKey = this.#context.patient = m.patient.keyOf(this.#seed, b) | 0;
    } else if (name === OBR) {
      this.#context.order = hashOf(this.#seed, b, at, e, separator, 3) || hashOf(this.#seed, b, at, e, separator, 2);
      // to the second: engines drop fractions and zones
      const t = fieldStart(b, at, e, separator, 7);
      this.#context.time = t < 0 ? 0 : hashBytes(this.#seed, b, t, Math.min(partEnd(b, t, e, separator), t + 14));
    } else if (name === RXG) this.orders?.(b, at, e, separator, component, ++this.#gives);
    else if (name === MRG) m.merges = true;
    else if (name === ERR) m.errors++;
    else if (name === PRT) {
      if (m.equipment.from < 0) firstOf(m.equipment, b, at, e, separator, component, 10);
      if (m.deviceIdentifier.from < 0) firstOf(m.deviceIdentifier, b, at, e, separator, component, 16);
      if (m.serial.from < 0) firstOf(m.serial, b, at, e, separator, component, 20);
    } else if ((name === QPD || name === QRD) && m.queryParameters < 0) {
      // QPD-1 names the query, QPD-2 its tag; QRD-1 to QRD-7 say when and how, QRD-8 who (HL7 v2 5.5.4, 5.10.5.3)
      m.queryParameters = 0;
      let n = name === QPD ? 3 : 8;
      for (let s = fieldStart(b, at, e, separator, n); s >= 0 && s < e && n < 32; n++) {
        const end = partEnd(b, s, e, separator);
        if (end > s) m.queryParameters++;
        s = end + 1;
      }
    }
  }

  /** Reads an OBX; returns its end. */
  #obx(m: MessageHead, b: Buffer, at: number, to: number, separator: number, component: number): number {
    m.obxCount++;
    if (this.observations === null) return segmentEnd(b, at, to);
    const o = this.#observation;
    const e = o.read(b, at, to, separator, component, m.obxCount);
    const value = o.value;
    if (!Number.isNaN(value)) {
      const outside = o.outside(value);
      if (!Number.isNaN(outside)) {
        m.obxNumeric++;
        const flag = o.flag;
        if (outside !== 0) m.obxOutOfRange++;
        if (outside === 0 ? flag === Flag.High || flag === Flag.Low : flag === Flag.Normal) m.obxFlagMismatch++;
      }
    }
    if (m.equipment.from < 0) {
      const s = o.from(18);
      if (s >= 0) m.equipment.set(b, s, o.to(18));
    }
    this.observations(o, value, this.#context);
    return e;
  }
}

/** Field `n` of the segment `b[at … e)` up to the end of its first component. */
function firstOf(id: IdAt, b: Buffer, at: number, e: number, separator: number, component: number, n: number): void {
  const s = fieldStart(b, at, e, separator, n);
  id.set(b, s, s < 0 ? -1 : Math.min(partEnd(b, s, e, separator), partEnd(b, s, e, component)));
}

/** `hash53` of field `n`, 0 when it is absent or empty. */
function hashOf(seed: number, b: Buffer, at: number, e: number, separator: number, n: number): number {
  const s = fieldStart(b, at, e, separator, n);
  const end = s < 0 ? -1 : partEnd(b, s, e, separator);
  return end <= s ? 0 : hash53(seed, b, s, end);
}
