import type { Dir } from './stream.js';

/**
 * One thing an application protocol said. Rate is that of messages, so objects are allowed; identifiers of people
 * appear only as keyed HMAC tokens (`…Token`), never in clear. Strings from traffic have been through `cleanText`.
 * Append kinds and optional fields; never rename: `wardwire decode`, rules and features read them.
 */
interface EventBase {
  dir: Dir;
  tsUs: number;
  /** Flow slot at the time of the event. */
  flow: number;
}

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
/** What an observation (OBX) contradicts. No value leaves the room: only which OBX, its code and what is odd about it. */
export interface Hl7Odd extends EventBase {
  kind: 'hl7.odd';
  what: 'value.impossible' | 'value.frozen' | 'value.altered' | 'unit.changed' | 'code.changed';
  /** Number of the OBX in its message, from 1, and OBX-3.1. */
  index: number;
  code: string;
  detail: string;
  sendingApp: string;
  sendingFacility: string;
  partiesKey: number;
  /** The plausibility limits were signed by a clinician of the site. */
  signed: boolean;
}
/** A cleartext or remote-access service was recognised on a flow (telnet, ftp …). */
export interface ServiceSeen extends EventBase {
  kind: 'service';
  /** AppProto number. */
  app: number;
  version: string;
  /** Clear-text credentials passed. */
  credentials: boolean;
}
/** Both hellos of a TLS connection, or the client's alone when no answer was seen. `dir` is the client's. */
export interface TlsHello extends EventBase {
  kind: 'tls.hello';
  /** The server's hello was seen: version and cipher are what was agreed, else what was offered at most. */
  answered: boolean;
  version: string;
  /** 0x0304 is TLS 1.3; greater is newer. */
  versionNumber: number;
  /** Cipher suite agreed, four hex digits; '' unknown. */
  cipher: string;
  serverName: string;
  alpn: string;
  /** JA4 of the client, '' when its hello was not seen. */
  ja4: string;
}
/** What a piece of evidence tells of a device. */
export type EvidenceField =
  | 'vendor'
  | 'model'
  | 'software' // firmware or operating system with its version
  | 'serial' // keyed token only
  | 'name' // the device's own host name, words of no known meaning masked
  | 'class' // what kind of client it calls itself (DHCP option 60, NTLM version)
  | 'fingerprint' // hash of habits that come with the software (DHCP option 55)
  | 'service' // a service type it offers (mDNS, SSDP, WS-Discovery)
  | 'agent' // user agent or client program
  | 'server' // server program
  | 'role' // what it was seen being: dhcp-server, gateway, ntp-server …
  | 'cloud'; // the maker's service it asks for

/** Evidence about a device from a header-level decoder (DHCP, mDNS, TLS …). */
export interface EvidenceSeen extends EventBase {
  kind: 'evidence';
  source: string;
  field: EvidenceField;
  value: string;
  /** Which side of the flow it is about. */
  about: 'initiator' | 'responder';
  /** The device itself where there is no flow (LLDP, CDP): `flow` is −1. */
  device?: number;
}
/** Heads of the first request and answer of an HTTP/1 connection (RFC 9110); paths and queries never leave the room. */
export interface HttpSeen extends EventBase {
  kind: 'http';
  /** Request: method; answer: ''. */
  method: string;
  /** Answer: status code; request: 0. */
  status: number;
  /** Host asked for, words of no known meaning masked. */
  host: string;
  userAgent: string;
  server: string;
  contentType: string;
  /** HL7 FHIR or DICOMweb (PS3.18) by content type or accept. */
  api: '' | 'fhir' | 'dicomweb';
}
/** A TLS server's certificate, sent in clear up to TLS 1.2 (RFC 5246 7.4.2). */
export interface TlsCertificate extends EventBase {
  kind: 'tls.certificate';
  /** Subject: organisation and common name (masked like a host name), '' absent. */
  organisation: string;
  commonName: string;
  issuer: string;
  selfSigned: boolean;
  /** SHA-256 of the certificate, first 16 hex digits. */
  fingerprint: string;
}
/** An SMB dialect agreed or a share connected to ([MS-SMB2] 2.2.4, 2.2.9). */
export interface SmbSeen extends EventBase {
  kind: 'smb';
  what: 'dialect' | 'tree';
  /** `1`, `2.0.2` … `3.1.1`; administrative shares by name, others as keyed token. */
  value: string;
}
/** An MQTT control packet (MQTT 3.1.1, 5.0 section 2.1). Topics appear as seeded hashes of their levels. */
export interface MqttSeen extends EventBase {
  kind: 'mqtt';
  packet: string;
  /** CONNECT: protocol level 3, 4 or 5, else 0. */
  level: number;
  /** CONNECT: keyed token of the client identifier. */
  clientToken: string;
  /** SUBSCRIBE, PUBLISH: hashes of topic levels, `+` and `#` as they are; at most 16 levels of the first filter. */
  topic: readonly string[];
  /** Octets of the packet with its header. */
  octets: number;
  /** CONNACK: return code; −1 other packets. */
  code: number;
}
/** A DHCP message (RFC 2131). Addresses as texts, '' absent; the client's identifier as keyed token. */
export interface DhcpSeen extends EventBase {
  kind: 'dhcp';
  message: string;
  /** Option 50: the address a client asks for. */
  requested: string;
  /** Options 54 and 3 (the first): who answers, and the way out he names. */
  server: string;
  router: string;
  clientToken: string;
}
/** A Philips IntelliVue Data Export message (UDP 24105, connect indication UDP 24005). */
export interface VitalsSeen extends EventBase {
  kind: 'vitals';
  what:
    | 'connect.indication'
    | 'association.request'
    | 'association.accept'
    | 'association.refuse'
    | 'association.abort'
    | 'release.request'
    | 'release.response'
    | 'event.report'
    | 'poll'
    | 'poll.result'
    | 'other';
}
/** A DNS answer (RFC 1035) as counts: no names leave the room. */
export interface DnsSeen extends EventBase {
  kind: 'dns';
  response: boolean;
  rcode: number;
  /** Seeded hash of the registered domain asked for. */
  domainHash: number;
  /** Longest label octets and Shannon entropy of the first label, bits per octet. */
  longestLabel: number;
  labelEntropy: number;
  queryType: number;
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
  | DnsSeen
  | WeirdSeen;

export interface AppEventSink {
  event(ev: AppEvent): void;
}
