import {
  AppProto,
  type Counters,
  type DatagramProtocol,
  emptySlice,
  type FlowColumns,
  type FlowEnd,
  FlowMark,
  type PacketView,
  ParseOutcome,
  Probe,
  type ProtocolSession,
  type StreamProtocol,
  type StreamSlice,
  Unfinished,
  type UnfinishedMemory,
} from '../core/index.js';
import { Listeners } from './listeners.js';
import type { Ration } from './ration.js'; // prettier-ignore

export interface HostOptions {
  readonly columns: FlowColumns;
  readonly ration: Ration;
  readonly counters: Counters;
  readonly unfinished: UnfinishedMemory;
  readonly streams: readonly StreamProtocol[];
  readonly datagrams: readonly DatagramProtocol[];
  /** Reads frames without IP (LLDP, CDP). */
  readonly frame: (view: PacketView) => void;
  readonly probeBytes: number;
  /** Flows decoded at once at most. */
  readonly maxSessions: number;
  readonly relearnAfterGap: boolean;
}

/** What is known of a flow's protocol. */
const Known = { Probing: 0, Session: 1, No: 2 } as const;
const NOBODY = 2;
/** Sessions that do something at one tick, and octets they read for it; the others wait for the next one. */
const TICK_SESSIONS = 32;
const TICK_OCTETS = 262_144;

/**
 * Gives every flow its decoder, by content and on any port: keeps the first bytes of both directions until one protocol
 * says yes or all say no, then hands them over and lets the rest pass through.
 */
export class Protocols {
  readonly #o: HostOptions;
  readonly #known: Uint8Array;
  readonly #sessions: (ProtocolSession | null)[];
  /** First bytes by direction, 2 a row; null until something came. */
  readonly #kept: (Unfinished | null)[];
  /** By direction: 1 a gap lay before the kept bytes, NOBODY no protocol knows it. */
  readonly #gapped: Uint8Array;
  /** Direction that spoke first, 2 unknown. */
  readonly #firstDir: Uint8Array;
  /** Sessions that want to be told of time. */
  readonly #ticking = new Set<number>();
  readonly #slice: StreamSlice = emptySlice();
  readonly #listeners = new Listeners();
  readonly #recognised: number[];
  readonly #lost: number[];
  readonly #open: number;
  readonly #refused: number;
  readonly #unrecognised: number;

  constructor(o: HostOptions) {
    this.#o = o;
    const n = o.columns.capacity;
    this.#known = new Uint8Array(n);
    this.#sessions = new Array<ProtocolSession | null>(n).fill(null);
    this.#kept = new Array<Unfinished | null>(2 * n).fill(null);
    this.#gapped = new Uint8Array(2 * n);
    this.#firstDir = new Uint8Array(n);
    this.#recognised = o.streams.map((p) =>
      o.counters.define('counter', 'wardwire_parser_flows_total', 'Flows recognised, by protocol.', {
        protocol: p.name,
      }),
    );
    this.#lost = o.streams.map((p) =>
      o.counters.define('counter', 'wardwire_parser_failures_total', 'Flows a decoder gave up on, by protocol.', {
        protocol: p.name,
      }),
    );
    const { counters } = o;
    this.#open = counters.define('gauge', 'wardwire_parser_sessions', 'Flows being decoded.');
    const limit = counters.define('gauge', 'wardwire_parser_sessions_limit', 'Limit of wardwire_parser_sessions.');
    counters.values[limit] = o.maxSessions;
    this.#unrecognised = o.unfinished.protocol('unrecognised');
    this.#refused = counters.define(
      'counter',
      'wardwire_parser_refused_total',
      'Flows recognised and only counted, because as many as may be were being decoded.',
    );
  }

  flowOpened(slot: number, _view: PacketView): void {
    this.#known[slot] = Known.Probing;
    this.#drop(slot);
    this.#gapped[2 * slot] = 0;
    this.#gapped[2 * slot + 1] = 0;
    this.#firstDir[slot] = 2;
  }

  /** False when nobody wants the flow's bytes any more. */
  wants(slot: number): boolean {
    return this.#known[slot] !== Known.No;
  }

  stream(slot: number, slice: StreamSlice): void {
    const known = this.#known[slot];
    if (known === Known.Session) {
      const session = this.#sessions[slot];
      if (session !== null && this.#o.ration.feed(session, slice) === ParseOutcome.Stop) this.#giveUp(slot);
      return;
    }
    if (known === Known.No) return;
    const k = 2 * slot + slice.dir;
    if (this.#gapped[k] === NOBODY) return;
    if (slice.gapLen !== 0) {
      this.#kept[k]?.clear();
      this.#gapped[k] = 1;
      return;
    }
    if (slice.to > slice.from) this.#probe(slot, k, slice);
  }

  datagram(slot: number, view: PacketView): void {
    for (const p of this.#o.datagrams) {
      if (p.datagram(slot, view)) {
        this.#o.columns.app[slot] = p.app;
        return;
      }
    }
  }

  /** A frame without IP whose sender inventory has named. */
  frame(view: PacketView): void {
    this.#o.frame(view);
  }

  flowClosed(slot: number, reason: FlowEnd, tsUs: number): void {
    if (this.#known[slot] === Known.Probing) this.#late(slot, tsUs);
    this.#sessions[slot]?.close(reason, tsUs);
    this.#drop(slot);
    this.#known[slot] = Known.No;
  }

  /** Event time moves: sessions with something to wait for are told. */
  tick(nowUs: number): void {
    let sessions = 0;
    let octets = 0;
    for (const slot of this.#ticking) {
      const read = this.#sessions[slot]?.tick?.(nowUs) ?? 0;
      if (read === 0) continue;
      // to the end of the queue: whoever has something at every turn must not hold up the others
      this.#ticking.delete(slot);
      this.#ticking.add(slot);
      octets += read;
      if (++sessions >= TICK_SESSIONS || octets >= TICK_OCTETS) break;
    }
  }

  #probe(slot: number, k: number, slice: StreamSlice): void {
    if (this.#firstDir[slot] === 2) this.#firstDir[slot] = slice.dir;
    const kept = this.#kept[k];
    const have = kept?.length ?? 0;
    let buf = slice.buf;
    let from = slice.from;
    let to = slice.to;
    if (kept !== null && have > 0) {
      // the kept bytes and the new ones, as far as they fit
      if (!kept.add(buf, from, from + Math.min(this.#o.probeBytes - have, to - from))) return;
      buf = kept.bytes;
      from = 0;
      to = kept.length;
    }
    const { columns, streams } = this.#o;
    const midstream = this.#gapped[k] === 1 || (columns.marks[slot] & FlowMark.Midstream) !== 0;
    const port = columns.port[2 * slot + 1];
    let more = false;
    for (let i = 0; i < streams.length; i++) {
      const answer = streams[i].probe(buf, from, to, midstream, port);
      if (answer === Probe.Yes) {
        this.#start(slot, k, i, slice, have, midstream);
        return;
      }
      if (answer === Probe.More) more = true;
    }
    if (more && to - from < this.#o.probeBytes) {
      if (have === 0) this.#keeper(k).add(buf, from, to);
      return;
    }
    const owner = midstream || slice.dir !== 0 ? -1 : this.#owner(slot);
    if (owner >= 0) {
      this.#start(slot, k, owner, slice, have, false, false);
      return;
    }
    kept?.clear();
    this.#kept[k] = null;
    // mid-stream a later slice may begin with a message
    if (midstream && this.#o.relearnAfterGap) return;
    // this direction is none of them; when the other one is none either, nobody wants the flow
    this.#gapped[k] = NOBODY;
    if (this.#gapped[k ^ 1] === NOBODY) this.#known[slot] = Known.No;
  }

  /** Where the first bytes of a direction are kept. */
  #keeper(k: number): Unfinished {
    return (this.#kept[k] ??= new Unfinished(this.#o.unfinished, this.#unrecognised, k >> 1, {
      // like a gap: what follows may yet be recognised
      givenUp: () => {
        this.#gapped[k] = 1;
      },
    }));
  }

  /** The protocol that answers for everything said to this flow's responder, −1 none. */
  #owner(slot: number): number {
    const { columns, streams } = this.#o;
    const app = this.#listeners.serves(columns.addressKey(0, slot, 1), columns.port[2 * slot + 1]);
    return app === AppProto.Unknown ? -1 : streams.findIndex((p) => p.answersFor?.(app) === true);
  }

  /** The flow ended while its few bytes were still undecided. */
  #late(slot: number, tsUs: number): void {
    const { columns, streams } = this.#o;
    const k = 2 * slot;
    const midstream = this.#gapped[k] !== 0 || (columns.marks[slot] & FlowMark.Midstream) !== 0;
    const owner =
      (this.#kept[k]?.length ?? 0) === 0 || this.#firstDir[slot] !== 0 || midstream ? -1 : this.#owner(slot);
    if (owner < 0 || this.#full()) return;
    const session = streams[owner].open(slot, false);
    this.#keep(slot, session);
    columns.app[slot] = streams[owner].app;
    this.#replay(session, slot, k, tsUs);
    this.#replay(session, slot, k + 1, tsUs);
  }

  #start(
    slot: number,
    k: number,
    index: number,
    slice: StreamSlice,
    have: number,
    midstream: boolean,
    recognised = true,
  ): void {
    const p = this.#o.streams[index];
    const { columns } = this.#o;
    this.#o.counters.values[this.#recognised[index]]++;
    if (this.#full()) {
      this.#known[slot] = Known.No;
      columns.app[slot] = p.app;
      this.#forget(slot);
      return;
    }
    const session = p.open(slot, midstream);
    this.#known[slot] = Known.Session;
    this.#keep(slot, session);
    columns.app[slot] = p.app;
    if (session.tick !== undefined) this.#ticking.add(slot);
    const otherFirst = this.#firstDir[slot] !== slice.dir;
    if (otherFirst) this.#replay(session, slot, k ^ 1, slice.tsUs);
    if (have > 0) this.#replay(session, slot, k, slice.tsUs, have);
    if (this.#sessions[slot] !== null && this.#o.ration.feed(session, slice) === ParseOutcome.Stop) this.#giveUp(slot);
    if (recognised) {
      this.#listeners.spoke(columns.addressKey(0, slot, 1), columns.port[2 * slot + 1], columns.app[slot]);
    }
    if (!otherFirst) this.#replay(session, slot, k ^ 1, slice.tsUs);
    this.#forget(slot);
  }

  /** Hands kept bytes over, unless the session gave up (then nothing is kept). */
  #replay(session: ProtocolSession, slot: number, k: number, tsUs: number, length = this.#kept[k]?.length ?? 0): void {
    const kept = this.#kept[k];
    if (kept === null || length === 0) return;
    // what the session keeps of it must not drive it out
    kept.pin();
    const s = this.#slice;
    s.dir = (k & 1) as 0 | 1;
    s.buf = kept.bytes;
    s.from = 0;
    s.to = length;
    s.streamOff = 0;
    s.tsUs = tsUs;
    const outcome = session.stream(s);
    kept.clear();
    if (outcome === ParseOutcome.Stop) this.#giveUp(slot);
  }

  #giveUp(slot: number): void {
    const i = this.#o.streams.findIndex((p) => p.app === this.#o.columns.app[slot]);
    if (i >= 0) this.#o.counters.values[this.#lost[i]]++;
    this.#known[slot] = Known.No;
    this.#drop(slot);
  }

  /** As many flows are decoded as may be: those that are go on, a new one is counted. */
  #full(): boolean {
    const { values } = this.#o.counters;
    if (values[this.#open] < this.#o.maxSessions) return false;
    values[this.#refused]++;
    return true;
  }

  #keep(slot: number, session: ProtocolSession): void {
    if (this.#sessions[slot] === null) this.#o.counters.values[this.#open]++;
    this.#sessions[slot] = session;
  }

  #drop(slot: number): void {
    if (this.#sessions[slot] !== null) this.#o.counters.values[this.#open]--;
    this.#sessions[slot] = null;
    this.#ticking.delete(slot);
    this.#o.unfinished.release(slot);
    this.#forget(slot);
  }

  #forget(slot: number): void {
    for (let k = 2 * slot; k < 2 * slot + 2; k++) {
      this.#kept[k]?.clear();
      this.#kept[k] = null;
    }
  }
}
