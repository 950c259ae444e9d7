import type { EventBase } from './event-base.js';

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
  /** Data that is counted by its sender: which of his counted streams (−1 not counted) and the number, 16 bits. */
  stream?: number;
  sequence?: number;
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
