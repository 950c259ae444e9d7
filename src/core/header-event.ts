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
/** Odd shapes of a request target, as bits of `HttpSeen.shape`. */
export const PathShape = {
  /** Leaves its folder: `../`, also encoded. */
  Traversal: 1,
  /** Markup, quotes, shell or query language characters where names stand. */
  Injection: 2,
  /** Longer than 512 octets. */
  Long: 4,
} as const;

/**
 * Heads of requests and answers of an HTTP/1 connection (RFC 9110), the first whole, further ones by their first line and at a pace;
 * paths and queries never leave the room.
 */
export interface HttpSeen extends EventBase {
  kind: 'http';
  /** Seeded hash of the path without its query, 0 in answers. */
  pathKey: number;
  /** `PathShape` bits of the target. */
  shape: number;
  /** Heads like this one that the event stands for; above 1 when they came faster than they are told. */
  count: number;
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
/**
 * An SMB dialect agreed, a share connected to ([MS-SMB2] 2.2.4, 2.2.9), or what a connection changed in files since it was last told
 * (once a second at most, and at its end): counts only.
 */
export interface SmbSeen extends EventBase {
  kind: 'smb';
  what: 'dialect' | 'tree' | 'changes';
  /** `1`, `2.0.2` … `3.1.1`; administrative shares by name, others as keyed token; changes: ''. */
  value: string;
  /** Changes: files opened or made, writes and their octets, writes whose head has no structure, renames, deletions. */
  opens?: number;
  writes?: number;
  octets?: number;
  dense?: number;
  renames?: number;
  deletes?: number;
}
/**
 * MQTT control packets (MQTT 3.1.1, 5.0 section 2.1). Topics appear as seeded hashes of their levels. Packets that come faster than
 * they are told one by one are told together.
 */
export interface MqttSeen extends EventBase {
  kind: 'mqtt';
  packet: string;
  /** Packets of this kind the event stands for: 1, or more when they came fast (`topic` is then the newest one's). */
  count: number;
  /** CONNECT: protocol level 3, 4 or 5, else 0. */
  level: number;
  /** Keyed token of the connection's client identifier, '' when its CONNECT had none. */
  clientToken: string;
  /** SUBSCRIBE, PUBLISH: hashes of topic levels, `+` and `#` as they are; at most 16 levels of the first filter. */
  topic: readonly string[];
  /** SUBSCRIBE: the widest of its filters: all topics, the broker's own ($SYS), a whole tree; '' none of these. */
  wild: '' | 'all' | 'broker' | 'tree';
  /** Octets of the packets with their headers. */
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
  /** Options 54, 3 and 6 (the first): who answers, the way out he names, and the name server. */
  server: string;
  router: string;
  nameServer: string;
  clientToken: string;
}
/** A WS-Discovery message (OASIS 1.1). The endpoint reference leaves the room as seeded hash only. */
export interface DiscoverySeen extends EventBase {
  kind: 'discovery';
  action: 'Hello' | 'Bye' | 'Probe' | 'ProbeMatches' | 'Resolve' | 'ResolveMatches';
  /** Of the endpoint reference, 0 none. */
  endpointKey: number;
  /** Medical devices (IEEE 11073-20702, SDC) are announced or searched for. */
  medical: boolean;
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
  /** Running clock of the monitor in 1/8 ms (relative time, wraps at 2³²), −1 absent. */
  clock: number;
  /** Connect indication: seeded hash of the system it says it is, 0 absent. */
  systemKey: number;
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
