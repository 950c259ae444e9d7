import {
  type Dir,
  type FlowEnd,
  hash53,
  ParseOutcome,
  type ProtocolContext,
  type ProtocolSession,
  RecentIds,
  type SettingsOf,
  type StreamSlice,
} from '../../core/index.js'; // prettier-ignore
import { AckEvent, MessageEvent } from './events.js';
import type { IdAt } from './fields.js';
import { Framer, type FramerSink } from './framer.js';
import { type MessageHead, MessageReader, segmentEnd } from './message.js';
import { headerAt } from './probe.js';
import type { hl7Settings } from './settings.js';
import type { Hl7Weird, Hl7WeirdIds } from './weirds.js';

const CR = 0x0d;
const LF = 0x0a;
/** State of a waiting message, in `RecentIds.first`. */
const Waiting = { Open: 0, Answered: 1 } as const;

/** `hash53` of an identifier, 0 when absent. */
function keyOf(seed: number, b: Buffer, id: IdAt): number {
  return id.from < 0 ? 0 : hash53(seed, b, id.from, id.to);
}

/** One TCP connection that speaks HL7 v2: messages one way, acknowledgements the other, or both both ways. */
export class Hl7Session implements ProtocolSession, FramerSink {
  readonly #ctx: ProtocolContext;
  readonly #s: SettingsOf<typeof hl7Settings>;
  readonly #w: Hl7WeirdIds;
  readonly #slot: number;
  readonly #framers: [Framer, Framer];
  readonly #readers: [MessageReader, MessageReader];
  /** Messages by control id with the time they ended, one list a direction; made when a direction sends one. */
  readonly #waiting: [RecentIds | null, RecentIds | null] = [null, null];

  constructor(ctx: ProtocolContext, settings: SettingsOf<typeof hl7Settings>, weirds: Hl7WeirdIds, slot: number) {
    this.#ctx = ctx;
    this.#s = settings;
    this.#w = weirds;
    this.#slot = slot;
    const keep = settings.message_kib * 1024;
    const max = settings.message_max_mib * 1048576;
    this.#framers = [new Framer(0, this, keep, max), new Framer(1, this, keep, max)];
    this.#readers = [new MessageReader(ctx.seed, settings.segments), new MessageReader(ctx.seed, settings.segments)];
  }

  stream(slice: StreamSlice): ParseOutcome {
    const framer = this.#framers[slice.dir];
    if (slice.gapLen !== 0) {
      framer.gap(slice.tsUs);
      return ParseOutcome.Lost;
    }
    if (slice.to > slice.from) {
      // an answer from the other side shows that it took the block as ended
      this.#framers[1 - slice.dir].settle(slice.tsUs);
      framer.feed(slice.buf, slice.from, slice.to, slice.tsUs);
    }
    if (slice.end) framer.settle(slice.tsUs);
    return ParseOutcome.Ok;
  }

  close(_reason: FlowEnd, tsUs: number): void {
    for (const f of this.#framers) f.settle(tsUs);
  }

  tick(nowUs: number): void {
    for (const f of this.#framers) if (f.pending && nowUs - f.lastUs > this.#s.end_wait_ms * 1000) f.settle(nowUs);
  }

  odd(weird: Hl7Weird, tsUs: number): void {
    this.#ctx.weirds.hit(this.#w[weird], this.#slot, tsUs);
  }

  block(dir: number, b: Buffer, from: number, to: number, total: number, framing: string, tsUs: number): void {
    if (to - from <= 1 && (b[from] === 0x06 || b[from] === 0x15)) return this.odd('mllp2', tsUs);
    let at = from;
    while (at < to && (b[at] === CR || b[at] === LF || b[at] === 0x20)) at++;
    if (headerAt(b, at, to) !== 1) return this.odd('noHeader', tsUs);
    // a batch (FHS, BHS … BTS, FTS) or several messages: each MSH begins one
    let messages = 0;
    for (let s = at; s < to; ) {
      if (b[s] === 0x4d && headerAt(b, s, to) === 1) {
        const m = this.#readers[dir].read(b, s, to);
        messages++;
        const whole = messages === 1 && m?.end === to;
        if (m === null) this.odd('noHeader', tsUs);
        else {
          const octets = whole ? total - (s - from) : m.end - s;
          this.#message(dir as Dir, m, octets, framing, m.end === to && total > to - from, tsUs);
          s = m.end;
          continue;
        }
      }
      s = segmentEnd(b, s, to);
      while (s < to && (b[s] === CR || b[s] === LF)) s++;
    }
    if (messages > 1) this.odd('multiple', tsUs);
  }

  #message(dir: Dir, m: MessageHead, octets: number, framing: string, truncated: boolean, tsUs: number): void {
    const { events, seed, token } = this.#ctx;
    if (m.lfSegments) this.odd('lfSegments', tsUs);
    // an acknowledgement's own id is never asked for again: what counts is the one it answers
    const control = m.ackCode !== '' ? 0 : keyOf(seed, m.bytes, m.control);
    const patient = keyOf(seed, m.bytes, m.patient) | 0;
    const slot = this.#slot;
    events.event(new MessageEvent(slot, dir, tsUs, m, control, patient, octets, framing, truncated, token));
    if (m.ackCode !== '') {
      const answered = keyOf(seed, m.bytes, m.answers);
      const latencyUs = this.#answer((1 - dir) as Dir, answered, tsUs);
      events.event(new AckEvent(slot, dir, tsUs, m, answered, latencyUs, octets, framing, token));
    } else if (control !== 0) {
      const waiting = (this.#waiting[dir] ??= new RecentIds(this.#s.outstanding));
      const known = waiting.find(control);
      const row = known >= 0 ? known : waiting.add(control);
      waiting.us[row] = tsUs;
      waiting.first[row] = Waiting.Open;
    }
  }

  /** µs since the message with this id ended, NaN when it was not seen or has been answered. */
  #answer(dir: Dir, control: number, tsUs: number): number {
    const waiting = this.#waiting[dir];
    const row = waiting === null || control === 0 ? -1 : waiting.find(control);
    if (waiting === null || row < 0 || waiting.first[row] === Waiting.Answered) return Number.NaN;
    waiting.first[row] = Waiting.Answered;
    return tsUs - waiting.us[row];
  }
}
