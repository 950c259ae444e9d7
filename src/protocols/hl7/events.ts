import type { Dir, Hl7Ack, Hl7Message, Tokenizer } from '../../core/index.js';
import type { MessageHead } from './message.js';

const CONTROL = 'MSH-10';

/**
 * `hl7.message`. A token costs two SHA-256 and most messages are never asked for theirs, so it is made when asked for, from
 * the lent bytes: within the call that hands the event over. Where they are stays private.
 */
export class MessageEvent implements Hl7Message {
  readonly kind = 'hl7.message';
  readonly messageType: string;
  readonly structure: string;
  readonly sendingApp: string;
  readonly sendingFacility: string;
  readonly receivingApp: string;
  readonly receivingFacility: string;
  readonly version: string;
  readonly processingId: string;
  readonly controlLength: number;
  readonly acknowledges: boolean;
  readonly bodyHash: number;
  readonly segments: number;
  readonly longestSegment: number;
  readonly messageTimeUs: number;
  readonly obxCount: number;
  readonly obxNumeric?: number;
  readonly obxOutOfRange?: number;
  readonly obxFlagMismatch?: number;
  readonly measured?: number;
  readonly acceptAck: string;
  readonly applicationAck: string;
  readonly charset: string;
  readonly profile: string;
  readonly errors: number;
  readonly merges: boolean;
  readonly queryParameters: number;
  readonly patientKey: number;
  readonly typeKey: number;
  readonly senderKey: number;
  readonly partiesKey: number;
  readonly #head: MessageHead;
  readonly #token: Tokenizer;

  constructor(
    readonly flow: number,
    readonly dir: Dir,
    readonly tsUs: number,
    m: MessageHead,
    readonly controlKey: number,
    readonly octets: number,
    readonly framing: string,
    readonly truncated: boolean,
    readonly breaks: number,
    token: Tokenizer,
  ) {
    const { parties, type } = m;
    this.messageType = type.name;
    this.structure = type.structure;
    this.sendingApp = parties.sendingApp;
    this.sendingFacility = parties.sendingFacility;
    this.receivingApp = parties.receivingApp;
    this.receivingFacility = parties.receivingFacility;
    this.version = m.version.version;
    this.processingId = m.version.processingId;
    this.acceptAck = m.terms.acceptAck;
    this.applicationAck = m.terms.applicationAck;
    this.charset = m.terms.charset;
    this.profile = m.terms.profile;
    this.errors = m.errors;
    this.merges = m.merges;
    this.queryParameters = m.queryParameters;
    if (m.obxNumeric > 0) {
      this.obxNumeric = m.obxNumeric;
      this.obxOutOfRange = m.obxOutOfRange;
      this.obxFlagMismatch = m.obxFlagMismatch;
    }
    if (m.measured !== 0) this.measured = m.measured;
    this.controlLength = m.control.length;
    this.acknowledges = type.ack;
    this.bodyHash = m.bodyHash;
    this.segments = m.segments;
    this.longestSegment = m.longestSegment;
    this.messageTimeUs = m.messageTimeUs;
    this.obxCount = m.obxCount;
    this.patientKey = m.patientKey;
    this.typeKey = type.key;
    this.senderKey = parties.senderKey;
    this.partiesKey = parties.partiesKey;
    this.#head = m;
    this.#token = token;
  }

  get controlToken(): string {
    return this.controlKey === 0 ? '' : this.#token(CONTROL, this.#head.control.textOf(this.#head.bytes));
  }

  get equipmentToken(): string {
    const { equipment, bytes } = this.#head;
    return equipment.from < 0 ? '' : this.#token('OBX-18', equipment.textOf(bytes));
  }

  get deviceIdentifier(): string {
    return this.#head.deviceIdentifier.textOf(this.#head.bytes);
  }

  get serialToken(): string {
    const { serial, bytes } = this.#head;
    return serial.from < 0 ? '' : this.#token('PRT-20', serial.textOf(bytes));
  }

  get patientToken(): string {
    return this.patientKey === 0 ? '' : this.#token('PID-3', this.#head.patient.textOf(this.#head.bytes));
  }
}

/** `hl7.ack`: the same for MSA. */
export class AckEvent implements Hl7Ack {
  readonly kind = 'hl7.ack';
  readonly code: string;
  readonly messageType: string;
  readonly sendingApp: string;
  readonly sendingFacility: string;
  readonly #head: MessageHead;
  readonly #token: Tokenizer;

  constructor(
    readonly flow: number,
    readonly dir: Dir,
    readonly tsUs: number,
    m: MessageHead,
    readonly controlKey: number,
    readonly latencyUs: number,
    readonly pairing: NonNullable<Hl7Ack['pairing']>,
    readonly octets: number,
    readonly framing: string,
    token: Tokenizer,
  ) {
    this.code = m.ackCode;
    this.messageType = m.type.name;
    this.sendingApp = m.parties.sendingApp;
    this.sendingFacility = m.parties.sendingFacility;
    this.#head = m;
    this.#token = token;
  }

  get controlToken(): string {
    return this.controlKey === 0 ? '' : this.#token(CONTROL, this.#head.answers.textOf(this.#head.bytes));
  }
}
