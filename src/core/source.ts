import type { PacketSink } from './packet-view.js';

/** Loss and volume of a source since it started. −1: this source cannot know. */
export interface SourceStats {
  /** Packets handed to the sink. */
  delivered: number;
  octets: number;
  /** Kernel's own counts (pcap_stats): seen by the filter, dropped for want of ring space, dropped by the NIC. */
  received: number;
  droppedKernel: number;
  droppedInterface: number;
  /** Capture time of the newest packet, µs, 0 none. */
  lastUs: number;
  /** File sources: bytes read, of how many (−1 unknown). */
  bytesRead: number;
  bytesTotal: number;
}

export type SourceState = 'starting' | 'running' | 'link_down' | 'ended' | 'failed' | 'stopped';

export interface SourceNotice {
  readonly state: SourceState;
  readonly text: string;
}

/**
 * Contract of every packet source (live ring, file, cap). `start` resolves when packets flow, rejects with a
 * WardwireError (permission, interface, filter, file). The source calls `sink.packet` with its one lent view, a bounded
 * number of packets and at most `capture.turn_ms` a turn, then gives the event loop back.
 */
export interface PacketSource {
  readonly name: string;
  start(sink: PacketSink, notice: (n: SourceNotice) => void): Promise<void>;
  stats(): SourceStats;
  /** Stops the flow of packets; what is already read is delivered first. Twice is harmless. */
  stop(): Promise<void>;
  /** Resolves when the source ended by itself (end of file) or was stopped; rejects when it failed. */
  readonly done: Promise<void>;
}
