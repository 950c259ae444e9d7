import type { Verdict } from './verdict.js';

/** State of one way out. */
export interface SinkState {
  readonly connected: boolean;
  readonly inFlight: number;
  readonly published: number;
  readonly failures: number;
  readonly lastError: string | null;
  /** Failures by what went wrong, from the closed list of `publish/faults.ts`. */
  readonly faults?: Readonly<Record<string, number>>;
}

/** An error after which the same verdict may be sent again: the connection was lost, the disk is full. */
export function retryLater(message: string): Error & { retry: true } {
  return Object.assign(new Error(message), { retry: true as const });
}

/**
 * Contract of every sink. `name` is the sink's cursor in the log and its label in metrics. `send` hands one verdict to the transport and resolves when the other side has
 * acknowledged it; `handedOver` is called synchronously at the moment the bytes were given to the socket.
 */
export interface VerdictSinkClient {
  readonly name: string;
  /** Verdicts it takes under way at most, when that is more than 16: what is owed from the log may fill half of it. */
  readonly window?: number;
  start(): Promise<void>;
  /** True when a live verdict may be handed over now (connected, window open). */
  ready(): boolean;
  send(verdict: Verdict, handedOver: () => void): Promise<void>;
  state(): SinkState;
  /** Drains within `deadlineMs`, says goodbye (status `stopping`), closes. Twice is harmless. */
  stop(deadlineMs: number): Promise<void>;
}

/** One sink's part of the state. */
export interface LaneState {
  readonly name: string;
  readonly connected: boolean;
  readonly inFlight: number;
  readonly queued: number;
  readonly published: number;
  readonly failures: number;
  /** Failures by what went wrong: a short list of words. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface PublisherState {
  readonly sinks: readonly LaneState[];
  readonly connected: boolean;
  readonly inFlight: number;
  readonly queued: number;
  readonly published: number;
  readonly failures: number;
  readonly dropped: number;
  /** Fields that no schema declares, taken off on the way out. */
  readonly undeclared: number;
}
