import {
  type AppEvent,
  type AppEventSink,
  type Counters,
  ParseOutcome,
  type ProtocolSession,
  type StreamSlice,
} from '../core/index.js';

/** Octets a session is given at once. */
const PIECE = 4096;
/** Events of one slice after which the rest of it is only counted: nobody who means well says so much in one packet. */
const EVENTS = 256;

/** Hands slices to sessions and sees to it that none takes long, however much it tells of each octet (super-frames of 64 KiB). */
export class Ration implements AppEventSink {
  #told = 0;
  readonly #skipped: number;

  constructor(
    private readonly events: AppEventSink,
    private readonly counters: Counters,
  ) {
    this.#skipped = counters.define(
      'counter',
      'wardwire_parser_skipped_octets_total',
      'Octets of flows being decoded that were not read, because one packet told more than anybody would.',
    );
  }

  event(ev: AppEvent): void {
    this.#told++;
    this.events.event(ev);
  }

  /** One slice, in pieces when it is long; what is left of one that tells too much is a gap to the session. */
  feed(session: ProtocolSession, slice: StreamSlice): ParseOutcome {
    const { to, end } = slice;
    if (to - slice.from <= PIECE) return session.stream(slice);
    const before = this.#told;
    slice.end = false;
    for (;;) {
      slice.to = Math.min(to, slice.from + PIECE);
      if (slice.to === to) slice.end = end;
      const outcome = session.stream(slice);
      if (slice.to === to || outcome === ParseOutcome.Stop) return outcome;
      slice.streamOff += slice.to - slice.from;
      slice.from = slice.to;
      if (this.#told - before > EVENTS) return this.#skip(session, slice, to, end);
    }
  }

  #skip(session: ProtocolSession, slice: StreamSlice, to: number, end: boolean): ParseOutcome {
    slice.gapLen = to - slice.from;
    slice.end = end;
    slice.from = slice.to;
    this.counters.values[this.#skipped] += slice.gapLen;
    const outcome = session.stream(slice);
    slice.gapLen = 0;
    return outcome;
  }
}
