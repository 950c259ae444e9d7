import type { EventBase } from './event-base.js';
import type {
  DhcpSeen,
  DiscoverySeen,
  DnsSeen,
  EvidenceSeen,
  HttpSeen,
  MqttSeen,
  ServiceSeen,
  SmbSeen,
  TlsCertificate,
  TlsHello,
  VitalsSeen,
} from './header-event.js';

export interface DicomAssociateRq extends EventBase {
  kind: 'dicom.associate.rq';
  calledAe: string;
  callingAe: string;
  implementationUid: string;
  implementationVersion: string;
  /** Maximum length received (0x51), octets; 0 unlimited, −1 absent. */
  maxPdu: number;
  /** Abstract syntaxes proposed, one a presentation context (at most 128). */
  abstractSyntaxes: readonly string[];
  /** Asynchronous operations window (0x53): operations invoked and performed at once, 0 unlimited; −1 absent. */
  asyncInvoked?: number;
  asyncPerformed?: number;
  /** Numbers of SCP/SCU role selections (0x54) and of extended negotiations (0x56, 0x57). */
  roleSelections?: number;
  extendedNegotiations?: number;
  /** User identity type (0x58): 1 name, 2 name and password, 3 Kerberos, 4 SAML, 5 JWT; −1 absent. Its fields are never read. */
  userIdentity?: number;
  /** The association another one asked for: `C-MOVE`, `storage commitment`, else ''. */
  follows?: string;
  /** Opening was legal but unusual (wire.md 4.2). */
  noncanonical: boolean;
  pduLength: number;
}
export interface DicomAssociateAc extends EventBase {
  kind: 'dicom.associate.ac';
  accepted: number;
  rejected: number;
  maxPdu: number;
  implementationUid: string;
  implementationVersion: string;
  pduLength: number;
}
export interface DicomAssociateRj extends EventBase {
  kind: 'dicom.associate.rj';
  result: number;
  source: number;
  reason: number;
  /** AE titles of the request it answers, '' when the request was not seen. */
  calledAe: string;
  callingAe: string;
}
export interface DicomRelease extends EventBase {
  kind: 'dicom.release.rq' | 'dicom.release.rp';
}
export interface DicomAbort extends EventBase {
  kind: 'dicom.abort';
  source: number;
  reason: number;
}
/** One P-DATA-TF PDU passed (statistics; no content). */
export interface DicomPData extends EventBase {
  kind: 'dicom.pdata';
  pduLength: number;
  negotiatedMax: number;
}
/** A complete DIMSE command set. */
export interface DicomCommand extends EventBase {
  kind: 'dicom.command';
  /** Command field (0000,0100) and its name, e.g. `C-FIND-RQ`. */
  command: number;
  name: string;
  contextId: number;
  sopClass: string;
  messageId: number;
  /** (0000,0120), −1 absent. */
  respondedTo: number;
  /** (0000,0900), −1 absent (requests). */
  status: number;
  hasDataset: boolean;
  moveDestination: string;
  moveOriginator: string;
  /** Sub-operations remaining, completed, failed, warning; −1 absent. */
  remaining: number;
  completed: number;
  failed: number;
  warning: number;
  /** HMAC token of (0000,1000), '' absent. */
  instanceToken: string;
  callingAe: string;
  calledAe: string;
}
/** A data set ended (or its head was read): what may leave the room. */
export interface DicomDataset extends EventBase {
  kind: 'dicom.dataset';
  /** Name of the command the data set belongs to. */
  command: string;
  messageId: number;
  /** Octets of the data set over all PDVs. */
  octets: number;
  transferSyntax: string;
  /** C-FIND / C-MOVE / C-GET identifiers: query level, '' unknown. */
  queryLevel: string;
  /** True when no selective key (patient id or name, accession, study/series/instance UID, date) has a value. */
  wildcard: boolean;
  modality: string;
  manufacturer: string;
  model: string;
  station: string;
  softwareVersions: string;
  studyToken: string;
  /** Executable content found in a private element. */
  executable: boolean;
  /** The head's elements, when a deep look was asked for. */
  elements?: readonly DicomElement[];
}
/** An element of a data set without its value. */
export interface DicomElement {
  /** `gggg,eeee`, hexadecimal. */
  readonly tag: string;
  /** '' in implicit syntax. */
  readonly vr: string;
  /** Octets of the value. */
  readonly length: number;
  /** 0, or how many sequences it lies in. */
  readonly depth: number;
}
/** TCP ended under an association without release or abort. */
export interface DicomUncleanClose extends EventBase {
  kind: 'dicom.unclean_close';
  state: string;
}
export interface Hl7Message extends EventBase {
  kind: 'hl7.message';
  /** MSH-9 as `ORU_R01` (type_trigger), '' when absent; `structure` is MSH-9.3. */
  messageType: string;
  structure: string;
  sendingApp: string;
  sendingFacility: string;
  receivingApp: string;
  receivingFacility: string;
  version: string;
  processingId: string;
  /** HMAC token of MSH-10 ('' when absent and for acknowledgements) and the length of MSH-10. */
  controlToken: string;
  controlLength: number;
  /** A bare acknowledgement (MSH-9 ACK): `hl7.ack` says what it answers, and rules about messages do not hear of it. */
  acknowledges: boolean;
  /** 32-bit seeded hash of the message bytes without MSH-7 and MSH-10; 0 for acknowledgements. */
  bodyHash: number;
  octets: number;
  segments: number;
  longestSegment: number;
  /** MSH-7 as µs since 1970 when readable, else NaN. */
  messageTimeUs: number;
  obxCount: number;
  /** Numeric OBX-5 with a readable OBX-7, how many lie outside it, and how many contradict their OBX-8. */
  obxNumeric?: number;
  obxOutOfRange?: number;
  obxFlagMismatch?: number;
  /** Kinds of observation as bits: 1 vital signs, 2 ventilation, 4 infusion. */
  measured?: number;
  /** HMAC token of PID-3, '' when absent. */
  patientToken: string;
  /** MSH-15, MSH-16 (AL, NE, ER, SU), MSH-18 and MSH-21, '' absent. */
  acceptAck?: string;
  applicationAck?: string;
  charset?: string;
  profile?: string;
  /** ERR segments; MRG present; parameters a query fills in, −1 no query. */
  errors?: number;
  merges?: boolean;
  queryParameters?: number;
  /** PRT-16 (UDI device identifier: a model, no single device); OBX-18 or PRT-10 and PRT-20 as HMAC tokens; '' absent. */
  deviceIdentifier?: string;
  equipmentToken?: string;
  serialToken?: string;
  /** Habits of its side of the connection the message breaks: 1 form of MSH-10, 2 its counting, 4 clock of MSH-7. */
  breaks?: number;
  /**
   * Seeded hashes for comparing within the process, never stored or published: of MSH-9, of MSH-3 and MSH-4, of MSH-3 to
   * MSH-6, of MSH-10 (`hash53`, 0 where `controlToken` is empty) and of PID-3 (0 absent).
   */
  typeKey: number;
  senderKey: number;
  partiesKey: number;
  controlKey: number;
  patientKey: number;
  /** Framing variant name, `canonical` or hl7.framing.* tail. */
  framing: string;
  truncated: boolean;
}
export interface Hl7Ack extends EventBase {
  kind: 'hl7.ack';
  /** MSA-1: AA AE AR CA CE CR. */
  code: string;
  messageType: string;
  sendingApp: string;
  sendingFacility: string;
  /** HMAC token of MSA-2, and its `hash53`, equal to that of the message it answers; '' and 0 absent. */
  controlToken: string;
  controlKey: number;
  /** µs from the end of the message it answers, NaN when that was not seen. */
  latencyUs: number;
  /**
   * What it answers: a message of this connection (`same`) or of another one (`other`), one that was answered before
   * (`duplicate`), none (`unknown`), or perhaps one the sensor missed (`unseen`).
   */
  pairing?: 'same' | 'other' | 'duplicate' | 'unknown' | 'unseen';
  octets: number;
  framing: string;
}
/** What an observation (OBX), an infusion order (RXG) or an alarm contradicts. No value leaves the room: only which one, its code and what is odd about it. */
export interface Hl7Odd extends EventBase {
  kind: 'hl7.odd';
  what:
    | 'value.impossible'
    | 'value.frozen'
    | 'value.altered'
    | 'unit.changed'
    | 'code.changed'
    | 'order.rate'
    | 'order.dose'
    | 'alarm.conflict';
  /** Number of the OBX (orders: of the RXG) in its message, from 1, and OBX-3.1 (RXG-4.1). */
  index: number;
  code: string;
  detail: string;
  sendingApp: string;
  sendingFacility: string;
  partiesKey: number;
  /** The plausibility limits were signed by a clinician of the site. */
  signed: boolean;
}
/** A weird whose action is not merely to be counted. */
export interface WeirdSeen extends EventBase {
  kind: 'weird';
  weird: string;
}

export type AppEvent =
  | DicomAssociateRq
  | DicomAssociateAc
  | DicomAssociateRj
  | DicomRelease
  | DicomAbort
  | DicomPData
  | DicomCommand
  | DicomDataset
  | DicomUncleanClose
  | Hl7Message
  | Hl7Ack
  | Hl7Odd
  | ServiceSeen
  | TlsHello
  | EvidenceSeen
  | HttpSeen
  | TlsCertificate
  | SmbSeen
  | MqttSeen
  | VitalsSeen
  | DhcpSeen
  | DiscoverySeen
  | DnsSeen
  | WeirdSeen;

export interface AppEventSink {
  event(ev: AppEvent): void;
}
