import {
  type Dir,
  type FlowEnd,
  FlowMark,
  fold32,
  type Hl7Ack,
  type Hl7Odd,
  type KeepUnfinished,
  mix32,
  ParseOutcome,
  type ProtocolContext,
  type ProtocolSession,
  RecentIds,
  type SettingsOf,
  type StreamSlice,
} from '../../core/index.js'; // prettier-ignore
import { AlarmState } from './alarm.js';
import { AckEvent, MessageEvent } from './events.js';
import { fieldStart, partEnd, text } from './fields.js';
import { Framer, type FramerSink } from './framer.js';
import { LinkHabit } from './habits.js';
import type { ObservationHistory } from './history.js';
import { type MessageHead, MessageReader, segmentEnd } from './message.js';
import { numberOf } from './numbers.js';
import type { Observation } from './observation.js';
import type { OrderHistory, OrderSink } from './orders.js';
import { type Unanswered, Waiting } from './pairing.js';
import { headerAt } from './probe.js';
import type { hl7Settings } from './settings.js';
import type { Hl7Weird, Hl7WeirdIds } from './weirds.js';
import { narrow, wideMark } from './wide.js';

const CR = 0x0d;
const LF = 0x0a;
/** Messages of one block that are read: a batch has fewer. */
const MESSAGES = 512;
const NO_BYTES = Buffer.alloc(0);
/** Codes of accept acknowledgements (enhanced mode, HL7 v2 2.9.3): an application acknowledgement may follow. */
const COMMIT = /^C/;

/** What the connections of the room share. */
export interface Hl7Shared {
  readonly unanswered: Unanswered;
  /** Null when observations are not compared. */
  readonly history: ObservationHistory | null;
  readonly orders: OrderHistory | null;
  /** Counter of blocks given up before they were whole. */
  readonly lost: number;
}

type Pairing = NonNullable<Hl7Ack['pairing']>;

/** One TCP connection that speaks HL7 v2: messages one way, acknowledgements the other, or both both ways. */
export class Hl7Session implements ProtocolSession, FramerSink {
  readonly #ctx: ProtocolContext;
  readonly #s: SettingsOf<typeof hl7Settings>;
  readonly #w: Hl7WeirdIds;
  readonly #slot: number;
  readonly #shared: Hl7Shared;
  readonly #habits: [LinkHabit, LinkHabit] = [new LinkHabit(), new LinkHabit()];
  /** What the observations of the message being read contradict. */
  readonly #odd: Pick<Hl7Odd, 'what' | 'index' | 'code' | 'detail'>[] = [];
  #nowUs = 0;
  #latencyUs = Number.NaN;
  /** Bytes were missed: an acknowledgement of an unknown message proves nothing. */
  #blind: boolean;
  readonly #framers: [Framer, Framer];
  /** Made when a direction sends a message: most connections send them one way. */
  readonly #readers: [MessageReader | null, MessageReader | null] = [null, null];
  /** `partiesKey` of each direction's newest message. */
  readonly #parties = [0, 0];
  /** Messages by control id with the time they ended, one list a direction; made when a direction sends one. */
  readonly #waiting: [RecentIds | null, RecentIds | null] = [null, null];

  constructor(
    ctx: ProtocolContext,
    settings: SettingsOf<typeof hl7Settings>,
    weirds: Hl7WeirdIds,
    shared: Hl7Shared,
    slot: number,
    midstream: boolean,
  ) {
    this.#ctx = ctx;
    this.#shared = shared;
    this.#blind = midstream;
    this.#s = settings;
    this.#w = weirds;
    this.#slot = slot;
    const keep = settings.message_kib * 1024;
    const max = settings.message_max_mib * 1048576;
    const unfinished: KeepUnfinished = (owner) => ctx.unfinished.open(slot, shared.lost, owner);
    this.#framers = [new Framer(0, this, unfinished, keep, max), new Framer(1, this, unfinished, keep, max)];
  }

  stream(slice: StreamSlice): ParseOutcome {
    const framer = this.#framers[slice.dir];
    if (slice.gapLen !== 0) {
      framer.gap(slice.tsUs);
      this.#blind = true;
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

  tick(nowUs: number): number {
    let octets = 0;
    for (const f of this.#framers) {
      if (f.pending && nowUs - f.lastUs > this.#s.end_wait_ms * 1000) octets += f.settle(nowUs);
    }
    return octets;
  }

  /** Whoever answers the lost block answers what was not seen. */
  givenUp(): void {
    this.#blind = true;
  }

  odd(weird: Hl7Weird, tsUs: number): void {
    this.#ctx.weirds.hit(this.#w[weird], this.#slot, tsUs);
  }

  block(dir: number, b: Buffer, from: number, to: number, total: number, framing: string, tsUs: number): void {
    const wide = wideMark(b, from, to);
    if (wide === 0) this.#content(dir as Dir, b, from, to, total, framing, tsUs);
    else {
      this.odd('wide', tsUs);
      const text = narrow(b, from + 2, to, wide);
      this.#content(dir as Dir, text, 0, text.length, text.length, 'utf16', tsUs);
    }
    // a page that was given back must not be held by whoever read it last
    this.#readers[dir]?.forget();
  }

  #content(dir: Dir, b: Buffer, from: number, to: number, total: number, framing: string, tsUs: number): void {
    if (to - from <= 1 && (b[from] === 0x06 || b[from] === 0x15)) return this.odd('mllp2', tsUs);
    let at = from;
    while (at < to && (b[at] === CR || b[at] === LF || b[at] === 0x20)) at++;
    if (headerAt(b, at, to) !== 1) return this.odd('noHeader', tsUs);
    this.#nowUs = tsUs;
    const reader = (this.#readers[dir] ??= this.#reader(dir, this.#shared.history));
    // a batch (FHS, BHS … BTS, FTS) or several messages: each MSH begins one
    let messages = 0;
    let batches = 0;
    let inBatch = -1;
    for (let s = at; s < to && messages < MESSAGES; ) {
      if (b[s] === 0x4d && headerAt(b, s, to) === 1) {
        const m = reader.read(b, s, to);
        messages++;
        inBatch += inBatch < 0 ? 0 : 1;
        const whole = messages === 1 && m?.end === to;
        if (m === null) this.odd('noHeader', tsUs);
        else {
          const octets = whole ? total - (s - from) : m.end - s;
          this.#message(dir, m, octets, framing, m.end === to && total > to - from, tsUs);
          s = m.end;
          continue;
        }
      }
      const e = segmentEnd(b, s, to);
      const name = e - s < 3 ? '' : b.toString('latin1', s, s + 3);
      if (name === 'BHS') {
        batches++;
        inBatch = 0;
      } else if (name === 'BTS' || name === 'FTS') {
        const field = fieldStart(b, s, e, b[s + 3], 1);
        const said = field < 0 ? Number.NaN : numberOf(b, field, partEnd(b, field, e, b[s + 3]));
        const counted = name === 'FTS' ? batches : inBatch;
        if (counted > 0 && !Number.isNaN(said) && said !== counted) this.odd('batchCount', tsUs);
        if (name === 'BTS') inBatch = -1;
      }
      s = e;
      while (s < to && (b[s] === CR || b[s] === LF)) s++;
    }
    if (messages > 1) this.odd('multiple', tsUs);
    if (messages === MESSAGES) this.odd('batchLong', tsUs);
  }

  #message(dir: Dir, m: MessageHead, octets: number, framing: string, truncated: boolean, tsUs: number): void {
    const { events, seed, token } = this.#ctx;
    if (m.lfSegments) this.odd('lfSegments', tsUs);
    // an acknowledgement's own id is never asked for again: what counts is the one it answers
    const control = m.ackCode !== '' ? 0 : m.control.keyOf(seed, m.bytes);
    const slot = this.#slot;
    const { from, to } = m.control;
    const breaks = m.ackCode !== '' || from < 0 ? 0 : this.#habits[dir].take(m.bytes, from, to, m.messageTimeUs, tsUs);
    events.event(new MessageEvent(slot, dir, tsUs, m, control, octets, framing, truncated, breaks, token));
    for (const odd of this.#odd) {
      const { sendingApp, sendingFacility, partiesKey } = m.parties;
      const signed = this.#shared.history?.limitsSigned ?? false;
      events.event({ kind: 'hl7.odd', flow: slot, dir, tsUs, ...odd, sendingApp, sendingFacility, partiesKey, signed });
    }
    this.#odd.length = 0;
    if (m.ackCode !== '') {
      const answered = m.answers.keyOf(seed, m.bytes);
      const pairing = this.#answer((1 - dir) as Dir, m, answered, tsUs);
      if (pairing === 'unknown') this.odd('ackUnknown', tsUs);
      else if (pairing === 'duplicate') this.odd('ackDuplicate', tsUs);
      else if (this.#latencyUs > this.#s.ack_late_s * 1e6) this.odd('ackLate', tsUs);
      events.event(new AckEvent(slot, dir, tsUs, m, answered, this.#latencyUs, pairing, octets, framing, token));
    } else if (control !== 0) {
      const waiting = (this.#waiting[dir] ??= new RecentIds(this.#s.outstanding));
      if (this.#parties[dir] !== m.parties.partiesKey) {
        this.#parties[dir] = m.parties.partiesKey;
        this.#shared.unanswered.add(m.parties.partiesKey, waiting);
      }
      const known = waiting.find(control);
      const row = known >= 0 ? known : waiting.add(control);
      waiting.us[row] = tsUs;
      waiting.first[row] = Waiting.Open;
    }
  }

  /** What an acknowledgement answers; sets `#latencyUs`, µs since that message ended, NaN when it was not seen or not waiting. */
  #answer(dir: Dir, m: MessageHead, control: number, tsUs: number): Pairing {
    this.#latencyUs = Number.NaN;
    const waiting = this.#waiting[dir];
    const row = waiting === null || control === 0 ? -1 : waiting.find(control);
    if (waiting !== null && row >= 0) {
      const state = waiting.first[row];
      const commit = COMMIT.test(m.ackCode);
      if (state === Waiting.Answered || (state === Waiting.Committed && commit))
        return this.#blind ? 'unseen' : 'duplicate';
      waiting.first[row] = commit ? Waiting.Committed : Waiting.Answered;
      if (state === Waiting.Open) this.#latencyUs = tsUs - waiting.us[row];
      return 'same';
    }
    const sentUs = control === 0 ? Number.NaN : this.#shared.unanswered.answer(control, m.parties.answerKey);
    if (!Number.isNaN(sentUs)) {
      this.#latencyUs = tsUs - sentUs;
      return 'other';
    }
    // the receiver has acknowledged bytes that did not come by (yet): what it answers may be among them
    const missed = (this.#ctx.columns.marks[this.#slot] & (FlowMark.UnseenOut << dir)) !== 0;
    return this.#blind || missed || control === 0 ? 'unseen' : 'unknown';
  }

  /** Lets the history hear the observations of a direction's messages. */
  #reader(dir: 0 | 1, history: ObservationHistory | null): MessageReader {
    const reader = new MessageReader(this.#ctx.seed, this.#s.segments);
    if (history === null) return reader;
    const { orders } = this.#shared;
    let bytes: Buffer = NO_BYTES;
    const oddOrder: OrderSink = (what, code, index, detail) => {
      this.#odd.push({ what, index, code: text(bytes, code.from, code.to, 32), detail });
    };
    reader.orders = (b, at, e, separator, component, index) => {
      bytes = b;
      orders?.take(b, at, e, separator, component, index, oddOrder);
      bytes = NO_BYTES;
    };
    const { columns, seed } = this.#ctx;
    const key = (side: number): number => columns.addressKey(seed, this.#slot, side);
    reader.path = mix32(fold32(fold32(key(dir), 1), key(1 - dir)));
    const odd = (what: Hl7Odd['what'], o: Observation, detail: string): void => {
      this.#odd.push({ what, index: o.index, code: text(o.bytes, o.from(3), o.to(3), 32), detail });
    };
    const alarm = new AlarmState();
    reader.observations = (o, value, context) => {
      history.take(o, value, context, this.#nowUs, odd);
      if (alarm.take(o)) odd('alarm.conflict', o, 'phase and state of the alarm contradict each other');
    };
    return reader;
  }
}
