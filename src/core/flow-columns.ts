import { formatIp } from './address.js';
import { addressKey } from './hash.js';

/**
 * One row a flow, in preallocated typed columns (RFC 7011 terms). A slot is reused after its flow ends; `gen` tells
 * the reader of a kept slot number whether it is still the same flow.
 */
export const FlowState = { Free: 0, New: 1, Established: 2, Closing: 3, Closed: 4 } as const;
export type FlowState = (typeof FlowState)[keyof typeof FlowState];

/** IPFIX flowEndReason (RFC 5102 5.11.3) plus our own limits. */
export const FlowEnd = { Idle: 1, Active: 2, Fin: 3, Forced: 4, Evicted: 5, Rst: 6 } as const;
export type FlowEnd = (typeof FlowEnd)[keyof typeof FlowEnd];

/** Bits of `FlowColumns.marks`. */
export const FlowMark = {
  SynSeen: 1,
  SynAckSeen: 2,
  Midstream: 4,
  Retransmit: 16,
  OverlapDiffers: 32,
  Gap: 64,
  DuplicateSpan: 128,
  /** The same packet was seen between other MAC addresses as well: before and after a router, or someone in between. */
  TwoPaths: 256,
  /** Bytes of this direction were acknowledged that nobody saw (yet): the span lost them, or they come late. The responder's is the next bit. */
  UnseenOut: 512,
  UnseenBack: 1024,
} as const;

/** Two values a row are kept as `column[2 * slot + dir]`. */
export class FlowColumns {
  readonly capacity: number;
  readonly gen: Uint32Array;
  readonly state: Uint8Array;
  readonly marks: Uint16Array;
  readonly proto: Uint8Array;
  readonly ipVersion: Uint8Array;
  readonly vlan: Int16Array;
  /** Addresses: 8 words a row, initiator then responder, network order words as int32 (IPv4 mapped). */
  readonly addr: Int32Array;
  /** Tunnel the flow opened in (`TunnelKind`, 0 none), its identifier, and the outer addresses like `addr`. */
  readonly tunnel: Uint8Array;
  readonly tunnelId: Uint32Array;
  readonly outer: Int32Array;
  /** Ports: 2 a row, initiator then responder. */
  readonly port: Uint16Array;
  readonly firstUs: Float64Array;
  readonly lastUs: Float64Array;
  /** Two a row, by Dir. */
  readonly packets: Float64Array;
  readonly octets: Float64Array;
  readonly payload: Float64Array;
  readonly retransmitted: Float64Array;
  readonly outOfOrder: Float64Array;
  readonly gapOctets: Float64Array;
  /** Handshake round trip in µs, NaN when not seen. */
  readonly rttUs: Float64Array;
  /** Device index of initiator and responder, −1 none. Written by inventory. */
  readonly device: Int32Array;
  /** Application protocol number (AppProto), 0 unknown. Written by protocols. */
  readonly app: Uint8Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.gen = new Uint32Array(capacity);
    this.state = new Uint8Array(capacity);
    this.marks = new Uint16Array(capacity);
    this.proto = new Uint8Array(capacity);
    this.ipVersion = new Uint8Array(capacity);
    this.vlan = new Int16Array(capacity);
    this.addr = new Int32Array(capacity * 8);
    this.tunnel = new Uint8Array(capacity);
    this.tunnelId = new Uint32Array(capacity);
    this.outer = new Int32Array(capacity * 8);
    this.port = new Uint16Array(capacity * 2);
    this.firstUs = new Float64Array(capacity);
    this.lastUs = new Float64Array(capacity);
    this.packets = new Float64Array(capacity * 2);
    this.octets = new Float64Array(capacity * 2);
    this.payload = new Float64Array(capacity * 2);
    this.retransmitted = new Float64Array(capacity * 2);
    this.outOfOrder = new Float64Array(capacity * 2);
    this.gapOctets = new Float64Array(capacity * 2);
    this.rttUs = new Float64Array(capacity);
    this.device = new Int32Array(capacity * 2);
    this.app = new Uint8Array(capacity);
  }

  /** Seeded hash of an end's address (`addressKey`); `side` 0 the initiator, 1 the responder. */
  addressKey(seed: number, slot: number, side: number): number {
    const a = this.addr;
    const i = slot * 8 + side * 4;
    return addressKey(seed, a[i], a[i + 1], a[i + 2], a[i + 3]);
  }

  /** An end's address as text. */
  ip(slot: number, side: number): string {
    const a = this.addr;
    const i = slot * 8 + side * 4;
    return formatIp(a[i], a[i + 1], a[i + 2], a[i + 3]);
  }
}

/** Application protocols a flow can be marked with. Append only: the number is stored. */
export const AppProto = {
  Unknown: 0,
  Dicom: 1,
  Hl7: 2,
  Tls: 3,
  Http: 4,
  Dns: 5,
  Telnet: 6,
  Ftp: 7,
  Tftp: 8,
  Ssh: 9,
  Smb: 10,
  Rdp: 11,
  Vnc: 12,
  Mqtt: 13,
  Ntp: 14,
  Dhcp: 15,
  Rsh: 16,
  Snmp: 17,
  Vitals: 18,
  Mdns: 19,
  Ssdp: 20,
  Wsd: 21,
  Llmnr: 22,
  Syslog: 23,
  Ldap: 24,
  Lpd: 25,
  Nfs: 26,
  Astm: 27,
  Modbus: 28,
  Bacnet: 29,
  Nbns: 30,
  Poct1a: 31,
  Rtsp: 32,
  Jetdirect: 33,
  Ipp: 34,
  Stratum: 35,
} as const; // prettier-ignore
export type AppProto = (typeof AppProto)[keyof typeof AppProto];
/** Names in verdicts and metrics, by number. */
export const APP_PROTO_NAMES: readonly string[] = Object.keys(AppProto).map((n) => n.toLowerCase());
