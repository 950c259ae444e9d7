import {
  type Dir,
  type FlowEnd,
  ParseOutcome,
  type ProtocolContext,
  type ProtocolSession,
  type SettingsOf,
  type StreamSlice,
} from '../../core/index.js'; // prettier-ignore
import { Framer, type FramerSink } from './framer.js';
import { readMessage, segmentEnd, timeOf } from './message.js';
import { headerAt } from './probe.js';
import type { hl7Settings } from './settings.js';
import type { Hl7Weird, Hl7WeirdIds } from './weirds.js';

const CR = 0x0d;
const LF = 0x0a;

/** A message that was sent: its token, made once, and the time it ended, µs. */
interface Waiting {
  readonly token: string;
  readonly tsUs: number;
}

/** One TCP connection that speaks HL7 v2: messages one way, acknowledgements the other, or both both ways. */
export class Hl7Session implements ProtocolSession, FramerSink {
  readonly #ctx: ProtocolContext;
  readonly #s: SettingsOf<typeof hl7Settings>;
  readonly #w: Hl7WeirdIds;
  readonly #slot: number;
  readonly #framers: [Framer, Framer];
  /** Messages waiting for an acknowledgement by control id, one map a direction of the message, oldest first. */
  readonly #waiting: [Map<string, Waiting>, Map<string, Waiting>] = [new Map(), new Map()];
  /** The newest patient of each direction with his token: vital signs name the same one for hours. */
  readonly #patient: [string, string] = ['', ''];
  readonly #patientToken: [string, string] = ['', ''];

  constructor(ctx: ProtocolContext, settings: SettingsOf<typeof hl7Settings>, weirds: Hl7WeirdIds, slot: number) {
    this.#ctx = ctx;
    this.#s = settings;
    this.#w = weirds;
    this.#slot = slot;
    const keep = settings.message_kib * 1024;
    const max = settings.message_max_mib * 1048576;
    this.#framers = [new Framer(0, this, keep, max), new Framer(1, this, keep, max)];
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
    let start = -1;
    for (let s = at; s < to; ) {
      if (b[s] === 0x4d && headerAt(b, s, to) === 1) {
        if (start >= 0) this.#message(dir, b, start, s, s - start, framing, false, tsUs);
        start = s;
        messages++;
      } else if (start >= 0 && (b[s] === 0x42 || b[s] === 0x46) && b[s + 1] === 0x54 && b[s + 2] === 0x53) {
        this.#message(dir, b, start, s, s - start, framing, false, tsUs);
        start = -1;
      }
      s = segmentEnd(b, s, to);
      while (s < to && (b[s] === CR || b[s] === LF)) s++;
    }
    const truncated = total > to - from;
    if (start >= 0)
      this.#message(dir, b, start, to, messages === 1 ? total - (start - from) : to - start, framing, truncated, tsUs);
    if (messages > 1) this.odd('multiple', tsUs);
  }

  #message(
    dir: number,
    b: Buffer,
    from: number,
    to: number,
    octets: number,
    framing: string,
    truncated: boolean,
    tsUs: number,
  ): void {
    const ctx = this.#ctx;
    const m = readMessage(b, from, to, ctx.seed, this.#s.segments);
    if (m === null) return this.odd('noHeader', tsUs);
    if (m.lfSegments) this.odd('lfSegments', tsUs);
    // an acknowledgement's own id is never asked for again: what counts is the one it answers
    const controlToken = m.control === '' || m.ackCode !== '' ? '' : ctx.token('MSH-10', m.control);
    ctx.events.event({
      flow: this.#slot,
      dir: dir as Dir,
      tsUs,
      kind: 'hl7.message',
      messageType: m.messageType,
      structure: m.structure,
      sendingApp: m.sendingApp,
      sendingFacility: m.sendingFacility,
      receivingApp: m.receivingApp,
      receivingFacility: m.receivingFacility,
      version: m.version,
      processingId: m.processingId,
      controlToken,
      controlLength: m.control.length,
      bodyHash: m.bodyHash,
      octets,
      segments: m.segments,
      longestSegment: m.longestSegment,
      messageTimeUs: timeOf(m.messageTime),
      obxCount: m.obxCount,
      patientToken: this.#tokenOfPatient(dir, m.patient),
      framing,
      truncated,
    }); // prettier-ignore
    if (m.ackCode !== '') {
      const sent = this.#waiting[1 - dir].get(m.ackControl);
      this.#waiting[1 - dir].delete(m.ackControl);
      ctx.events.event({
        flow: this.#slot,
        dir: dir as Dir,
        tsUs,
        kind: 'hl7.ack',
        code: m.ackCode,
        messageType: m.messageType,
        sendingApp: m.sendingApp,
        sendingFacility: m.sendingFacility,
        controlToken: sent?.token ?? (m.ackControl === '' ? '' : ctx.token('MSH-10', m.ackControl)),
        latencyUs: sent === undefined ? Number.NaN : tsUs - sent.tsUs,
        octets,
        framing,
      }); // prettier-ignore
    } else if (m.control !== '') {
      const waiting = this.#waiting[dir];
      waiting.delete(m.control);
      waiting.set(m.control, { token: controlToken, tsUs });
      if (waiting.size > this.#s.outstanding) waiting.delete(waiting.keys().next().value as string);
    }
  }

  #tokenOfPatient(dir: number, patient: string): string {
    if (patient === '') return '';
    if (patient !== this.#patient[dir]) {
      this.#patient[dir] = patient;
      this.#patientToken[dir] = this.#ctx.token('PID-3', patient);
    }
    return this.#patientToken[dir];
  }
}
