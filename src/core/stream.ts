import type { FlowColumns, FlowEnd } from './flow-columns.js';
import type { PacketView } from './packet-view.js';

/** 0 travels to the responder, 1 to the initiator. */
export type Dir = 0 | 1;

/**
 * In-order bytes of one direction of a TCP flow, or a gap. LENT: one object per reassembler, valid until the call
 * returns. When `gapLen > 0` the slice has no bytes and says that this many octets are missing at `streamOff`
 * (−1: an unknown number). Bytes are `buf[from … to)`.
 */
export interface StreamSlice {
  dir: Dir;
  buf: Buffer;
  from: number;
  to: number;
  /** Offset of `from` in the stream since its first seen octet (float64, never wraps). */
  streamOff: number;
  /** Capture time of the packet that completed these bytes. */
  tsUs: number;
  gapLen: number;
  /** True when this direction ended (FIN in order, or RST, or timeout); may carry no bytes. */
  end: boolean;
}

/** A slice to be filled and lent. */
export const emptySlice = (): StreamSlice => ({
  dir: 0,
  buf: Buffer.alloc(0),
  from: 0,
  to: 0,
  streamOff: 0,
  tsUs: 0,
  gapLen: 0,
  end: false,
});

/** A decoder's answer to bytes. Never throws on traffic. */
export const ParseOutcome = {
  /** Took it all. */
  Ok: 0,
  /** Lost its place; it will look for the next certain start by itself. */
  Lost: 1,
  /** Cannot go on with this flow: only count from here. */
  Stop: 2,
} as const;
export type ParseOutcome = (typeof ParseOutcome)[keyof typeof ParseOutcome];

/** What the flow room hands on. All slots refer to `columns`. */
export interface FlowSink {
  flowOpened(slot: number, view: PacketView): void;
  flowClosed(slot: number, reason: FlowEnd, tsUs: number): void;
  stream(slot: number, slice: StreamSlice): void;
  /** A UDP datagram with payload, `view.payBuf[payOff … payOff + payLen)`. */
  datagram(slot: number, view: PacketView): void;
}

/** Contract of the flow room, as the pipeline uses it. */
export interface FlowTracker {
  readonly columns: FlowColumns;
  /** Finds or opens the packet's flow, updates its counters, sets view.slot/dir/newFlow. No stream work yet. */
  track(view: PacketView): void;
  /** Feeds the packet's payload to reassembly or as a datagram; the sink is called from here. */
  deliver(view: PacketView): void;
  /** Event time moves: expire flows, flush waiting segments. Call about once per second of event time. */
  tick(nowUs: number): void;
  /** Ends every flow (stop, end of file), oldest first. */
  flush(nowUs: number): void;
}
