import type { AppEventSink } from './app-event.js';
import type { FlowColumns, FlowEnd } from './flow-columns.js';
import type { PacketView } from './packet-view.js';
import type { ParseOutcome, StreamSlice } from './stream.js';
import type { UnfinishedMemory } from './unfinished.js';
import type { Weirds } from './weird.js';

/** Keyed HMAC token: 16 hex digits of HMAC-SHA-256(site key, tag ‖ value). */
export type Tokenizer = (tag: string, value: string) => string;

/** What a protocol gets at start. */
export interface ProtocolContext {
  readonly columns: FlowColumns;
  readonly events: AppEventSink;
  readonly weirds: Weirds;
  readonly token: Tokenizer;
  /** Where bytes of messages that are not whole yet are kept; what a flow holds goes back with its session. */
  readonly unfinished: UnfinishedMemory;
  /** Seed of hashes that leave the room. */
  readonly seed: number;
}

/** A probe's answer on the first bytes of a direction. */
export const Probe = {
  /** Certainly not this protocol. */
  No: 0,
  /** Not enough bytes yet. */
  More: 1,
  /** This protocol, from here on. */
  Yes: 2,
} as const;
export type Probe = (typeof Probe)[keyof typeof Probe];

/** One flow's decoder. Sessions are pooled by their protocol; no object per packet. */
export interface ProtocolSession {
  /** Bytes or a gap of one direction, in order. */
  stream(slice: StreamSlice): ParseOutcome;
  /** The flow ended. */
  close(reason: FlowEnd, tsUs: number): void;
  /** Event time moves while the session is open (ACK timeouts, ARTIM). @returns octets that were read for it, 0 none: the host does only so much at once */
  tick?(nowUs: number): number;
}

/** A stream protocol: recognised by content on any port. */
export interface StreamProtocol {
  readonly name: string;
  /** AppProto number written to FlowColumns.app. */
  readonly app: number;
  /**
   * Whether it reads what nobody recognises at a listener known for an AppProto number: such bytes are what that
   * listener has to bear, and its decoder says what is wrong with them. The `open` that follows is for it.
   */
  answersFor?(app: number): boolean;
  /** How many first bytes of a direction the host keeps at most while a probe says More. */
  readonly probeBytes: number;
  /**
   * Looks at the first bytes `buf[from … to)` of a direction (all there are so far, up to probeBytes); `midstream` when
   * the flow's start was not seen or bytes were lost before.
   */
  probe(buf: Buffer, from: number, to: number, midstream: boolean, responderPort: number): Probe;
  open(slot: number, midstream: boolean): ProtocolSession;
}

/** A datagram protocol: asked by port or content, stateless per packet. Returns true when it took the datagram. */
export interface DatagramProtocol {
  readonly name: string;
  readonly app: number;
  datagram(slot: number, view: PacketView): boolean;
}
