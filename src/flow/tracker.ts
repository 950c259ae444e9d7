import {
  type Counters,
  type FlowColumns,
  FlowEnd,
  FlowMark,
  type FlowSink,
  FlowState,
  type FlowTracker,
  IpProto,
  type PacketView,
  registerWeirds,
  type SettingsOf,
  Stop,
  TcpFlag,
  type Weirds,
} from '../core/index.js';
import { opens, sourceInitiates } from './initiator.js';
import type { flowSettings } from './settings.js';
import { Sides } from './sides.js';
import { Copy, SpanCopies } from './span-copies.js';
import { FlowTable } from './table.js';
import { TcpStreams } from './tcp-streams.js';
import { FLOW_WEIRDS } from './weirds.js';

export interface FlowOptions {
  readonly settings: SettingsOf<typeof flowSettings>;
  readonly sink: FlowSink;
  readonly weirds: Weirds;
  readonly counters: Counters;
  readonly seed: number;
  /** How dear a flow is when the table is full: 0 leaves first, 5 never. Asked at eviction only. */
  readonly protect?: (slot: number) => number;
}

/** Rows looked at when one must leave. */
const EVICTION_SAMPLE = 64;
/** Rows a tick looks at and flows it ends at most; what is left over is done with the packets that follow, so that no step is long. */
const TICK_ROWS = 65_536;
const TICK_ENDS = 24;
const PACKET_ROWS = 32;

/** Who talks to whom: table, counters, expiry on event time, and the way to reassembly. */
export class Tracker implements FlowTracker {
  readonly columns: FlowColumns;
  readonly #table: FlowTable;
  readonly #tcp: TcpStreams;
  readonly #sink: FlowSink;
  readonly #s: SettingsOf<typeof flowSettings>;
  readonly #weirds: Weirds;
  readonly #w;
  readonly #c: Counters;
  readonly #protect: ((slot: number) => number) | null;
  readonly #n;
  readonly #copies: SpanCopies;
  readonly #sides: Sides;
  readonly #synUs: Float64Array;
  readonly #pendingSyn: Int32Array;
  readonly #hasPending: Uint8Array;
  readonly #countOnly: Uint8Array;
  /** Directions whose FIN passed while the flow is only counted. */
  readonly #finished: Uint8Array;
  #hand = 0;
  #emergency = false;
  #sweep = 0;
  /** Rows of the sweep still to be looked at, and the time it is for. */
  #behind = 0;
  #sweepUs = 0;

  constructor(o: FlowOptions) {
    const s = o.settings;
    this.#s = s;
    this.#table = new FlowTable(s.max_flows, o.seed);
    this.columns = this.#table.columns;
    this.#sink = o.sink;
    this.#weirds = o.weirds;
    this.#w = registerWeirds(o.weirds, FLOW_WEIRDS);
    this.#c = o.counters;
    this.#protect = o.protect ?? null;
    this.#tcp = new TcpStreams(this.columns, o.sink, s, o.weirds, this.#w, o.counters);
    this.#copies = new SpanCopies(s.max_flows, s.duplicate_ms * 1000);
    this.#sides = new Sides(o.counters);
    const n = s.max_flows;
    this.#synUs = new Float64Array(n);
    this.#pendingSyn = new Int32Array(n);
    this.#hasPending = new Uint8Array(n);
    this.#countOnly = new Uint8Array(n);
    this.#finished = new Uint8Array(n);
    const define = o.counters.define.bind(o.counters);
    const evictions = 'Flows that left the table before their time, by reason.';
    this.#n = {
      active: define('gauge', 'wardwire_flows_active', 'Flows in the table.'),
      limit: define('gauge', 'wardwire_flows_limit', 'Rows of the flow table.'),
      created: define('counter', 'wardwire_flows_created_total', 'Flows seen.'),
      evicted: define('counter', 'wardwire_flows_evicted_total', evictions, { reason: 'table_full' }),
      emergencyEvicted: define('counter', 'wardwire_flows_evicted_total', evictions, { reason: 'emergency_timeout' }),
      emergency: define(
        'gauge',
        'wardwire_flow_emergency',
        '1 while the flow table is nearly full and idle times are shortened.',
      ),
      duplicates: define(
        'counter',
        'wardwire_duplicate_packets_total',
        'Second span copies of a frame, not counted as traffic.',
      ),
      ip: define(
        'counter',
        'wardwire_packets_without_flow_total',
        'Packets that belong to no flow (not IP, fragments, malformed).',
      ),
    };
    o.counters.values[this.#n.limit] = n;
  }

  track(v: PacketView): void {
    if (
      v.ipVersion === 0 ||
      (v.stop !== Stop.None && v.srcPort === 0 && v.dstPort === 0 && v.ipProto !== IpProto.Icmp)
    ) {
      this.#c.values[this.#n.ip]++;
      return;
    }
    if (this.#behind > 0) this.#sweepOn(PACKET_ROWS, 1);
    const hash = this.#table.hashOf(v);
    let slot = this.#table.find(v, hash);
    if (slot >= 0 && this.#behind > 0 && this.#over(slot)) {
      // its row was not looked at yet
      this.#end(slot, FlowEnd.Idle, this.#sweepUs);
      slot = -1;
    }
    if (slot >= 0 && this.columns.state[slot] === FlowState.Closed && opens(v)) {
      // the same ports again: another conversation
      this.#table.remove(slot);
      slot = -1;
    }
    if (slot < 0) slot = this.#open(v, hash);
    v.slot = slot;
    const k = 2 * slot + v.dir;
    const c = this.columns;
    const copy = this.#copies.look(v, k);
    if (copy === Copy.Differs) {
      c.marks[slot] |= FlowMark.OverlapDiffers;
      this.#weirds.hit(this.#w.overlapDiffers, slot, v.tsUs);
    } else if (copy !== Copy.None) {
      v.duplicate = true;
      if (copy === Copy.OtherMacs) this.#twoPaths(v);
      c.marks[slot] |= FlowMark.DuplicateSpan;
      this.#c.values[this.#n.duplicates]++;
      return;
    }
    c.packets[k]++;
    c.octets[k] += v.ipLen;
    c.payload[k] += v.payWireLen;
    if (v.tsUs > c.lastUs[slot]) c.lastUs[slot] = v.tsUs;
    if (v.ipProto === IpProto.Tcp) {
      if (v.tcpFlags & (TcpFlag.Syn | TcpFlag.Rst)) this.#handshake(v, slot);
      else if (c.state[slot] === FlowState.New && v.dir === 0 && (c.marks[slot] & FlowMark.SynAckSeen) !== 0)
        c.state[slot] = FlowState.Established;
    } else if (v.dir === 1 && c.state[slot] === FlowState.New) c.state[slot] = FlowState.Established;
  }

  deliver(v: PacketView): void {
    const slot = v.slot;
    if (slot < 0 || v.duplicate) return;
    if (v.ipProto === IpProto.Udp) {
      if (v.payLen > 0 && this.#countOnly[slot] === 0) this.#sink.datagram(slot, v);
      return;
    }
    if (v.ipProto !== IpProto.Tcp || v.stop === Stop.Malformed || this.columns.state[slot] === FlowState.Closed) return;
    if (v.tcpFlags & TcpFlag.Rst) return this.#reset(v, slot);
    // a SYN with another sequence number is no data of this connection
    if (v.tcpFlags & TcpFlag.Syn && this.#hasPending[slot] === 1) return;
    if (this.#countOnly[slot] === 0) {
      if (v.tcpFlags & TcpFlag.Ack) this.#unseen(v, slot);
      this.#tcp.packet(v);
      if (this.#tcp.ended(slot)) this.#close(slot, FlowEnd.Fin, v.tsUs);
      else if (v.tcpFlags & TcpFlag.Fin) this.columns.state[slot] = FlowState.Closing;
    } else if (v.tcpFlags & TcpFlag.Fin) {
      // bytes are not followed any more: a FIN of each side ends the flow
      this.#finished[slot] |= 1 << v.dir;
      this.columns.state[slot] = FlowState.Closing;
      if (this.#finished[slot] === 3) this.#close(slot, FlowEnd.Fin, v.tsUs);
    }
  }

  /** From here on the flow's bytes are counted and no longer reassembled. */
  countOnly(slot: number): void {
    if (this.#countOnly[slot] === 1) return;
    this.#countOnly[slot] = 1;
    this.#tcp.drop(slot);
  }

  tick(nowUs: number): void {
    this.#tcp.tick(nowUs);
    const { capacity } = this.columns;
    this.#emergency = this.#table.active > capacity * this.#s.emergency_ratio;
    // a quarter of the rows a second: nothing expires to the second, and 65,536 rows are not looked at for nothing
    this.#behind = Math.min(capacity, this.#behind + (this.#emergency ? capacity : Math.ceil(capacity / 4)));
    this.#sweepUs = nowUs;
    this.#sweepOn(TICK_ROWS, TICK_ENDS);
    this.#c.values[this.#n.active] = this.#table.active;
    this.#c.values[this.#n.emergency] = this.#emergency ? 1 : 0;
  }

  /** Goes on with the sweep: looks at so many rows, ends so many flows at most. */
  #sweepOn(rows: number, ends: number): void {
    const { columns } = this;
    let left = ends;
    for (let i = Math.min(rows, this.#behind); i > 0 && left > 0; i--) {
      this.#behind--;
      const slot = this.#sweep;
      this.#sweep = slot + 1 === columns.capacity ? 0 : slot + 1;
      if (slot === 0) this.#sides.done();
      if (columns.state[slot] === FlowState.Free) continue;
      if (columns.proto[slot] === IpProto.Tcp) this.#sides.look(columns, slot);
      if (!this.#over(slot)) continue;
      const idle = this.#sweepUs - columns.lastUs[slot];
      if (idle <= this.#idleLimitUs(slot, columns.state[slot])) this.#c.values[this.#n.emergencyEvicted]++;
      this.#end(slot, FlowEnd.Idle, this.#sweepUs);
      left--;
    }
  }

  /** Was the flow idle for longer than flows of its kind may be, now or in an emergency? */
  #over(slot: number): boolean {
    const idle = this.#sweepUs - this.columns.lastUs[slot];
    if (idle <= 1e6) return false;
    return idle > this.#idleLimitUs(slot, this.columns.state[slot]) * (this.#emergency ? 0.1 : 1);
  }

  flush(nowUs: number): void {
    const c = this.columns;
    const open: number[] = [];
    for (let slot = 0; slot < c.capacity; slot++) if (c.state[slot] !== FlowState.Free) open.push(slot);
    open.sort((a, b) => c.firstUs[a] - c.firstUs[b]);
    for (const slot of open) this.#end(slot, FlowEnd.Forced, Math.max(nowUs, c.lastUs[slot]));
    this.#c.values[this.#n.active] = this.#table.active;
  }

  #idleLimitUs(slot: number, state: number): number {
    const s = this.#s;
    const proto = this.columns.proto[slot];
    if (proto === IpProto.Tcp) {
      if (state === FlowState.New) return s.tcp_new_s * 1e6;
      return (state === FlowState.Closed ? s.tcp_closed_s : s.tcp_established_s) * 1e6;
    }
    if (proto === IpProto.Udp) return (state === FlowState.New ? s.udp_new_s : s.udp_established_s) * 1e6;
    return s.other_s * 1e6;
  }

  #open(v: PacketView, hash: number): number {
    if (this.#table.full) this.#evict(v.tsUs);
    const slot = this.#table.insert(v, hash, sourceInitiates(v));
    this.#tcp.open(slot);
    this.#countOnly[slot] = 0;
    this.#finished[slot] = 0;
    this.#hasPending[slot] = 0;
    this.#copies.open(slot);
    const c = this.columns;
    if (v.ipProto === IpProto.Tcp && (v.tcpFlags & TcpFlag.Syn) === 0 && (v.tcpFlags & TcpFlag.Rst) === 0) {
      c.marks[slot] |= FlowMark.Midstream;
      c.state[slot] = FlowState.Established;
    }
    v.newFlow = true;
    v.slot = slot;
    this.#c.values[this.#n.created]++;
    this.#sink.flowOpened(slot, v);
    return slot;
  }

  /** SYN, SYN-ACK and RST change the flow's state. */
  #handshake(v: PacketView, slot: number): void {
    const c = this.columns;
    const flags = v.tcpFlags;
    if ((flags & TcpFlag.Syn) === 0) return;
    if (v.payWireLen > 0) this.#weirds.hit(this.#w.synData, slot, v.tsUs);
    if ((flags & TcpFlag.Ack) === 0) {
      const known = this.#tcp.expects(slot, v.dir);
      const other = known
        ? !this.#tcp.sameSyn(slot, v.dir, v.tcpSeq)
        : // the rest of a former connection was picked up on these ports
          (c.marks[slot] & FlowMark.Midstream) !== 0;
      if (other) {
        // a new attempt on the same ports, or an attempt to confuse: only an answer decides
        this.#hasPending[slot] = 1;
        this.#pendingSyn[slot] = v.tcpSeq;
        if (!known) return;
        if (c.state[slot] === FlowState.Established) this.#weirds.hit(this.#w.synResend, slot, v.tsUs);
        else this.#restart(v, slot);
        return;
      }
      c.marks[slot] |= FlowMark.SynSeen;
      this.#synUs[slot] = v.tsUs;
      return;
    }
    if (this.#hasPending[slot] === 1 && ((v.tcpAck - 1 - this.#pendingSyn[slot]) | 0) === 0) {
      this.#restart(v, slot);
      return;
    }
    this.#tcp.answerAgain(slot, v.dir, v.tcpSeq);
    c.marks[slot] |= FlowMark.SynAckSeen;
    if (c.marks[slot] & FlowMark.SynSeen && Number.isNaN(c.rttUs[slot])) c.rttUs[slot] = v.tsUs - this.#synUs[slot];
  }

  /** Before what a packet carries is delivered: does it acknowledge bytes of the other side that were not seen? A FIN counts as one. */
  #unseen(v: PacketView, slot: number): void {
    const other = 1 - v.dir;
    const ahead = this.#tcp.unseen(slot, other, v.tcpAck);
    const bit = FlowMark.UnseenOut << other;
    if (ahead > 1) this.columns.marks[slot] |= bit;
    else this.columns.marks[slot] &= ~bit;
  }

  /** Told once a flow. */
  #twoPaths(v: PacketView): void {
    const marks = this.columns.marks;
    if ((marks[v.slot] & FlowMark.TwoPaths) !== 0) return;
    marks[v.slot] |= FlowMark.TwoPaths;
    this.#weirds.hit(this.#w.twoPaths, v.slot, v.tsUs);
  }

  /** The old conversation ends, a new one begins in the same slot. */
  #restart(v: PacketView, slot: number): void {
    this.#close(slot, FlowEnd.Forced, v.tsUs);
    this.#table.remove(slot);
    const again = this.#open(v, this.#table.hashOf(v));
    v.slot = again;
    const c = this.columns;
    const k = 2 * again + v.dir;
    c.packets[k] = 1;
    c.octets[k] = v.ipLen;
    c.marks[again] |= v.tcpFlags & TcpFlag.Ack ? FlowMark.SynAckSeen : FlowMark.SynSeen;
    this.#synUs[again] = v.tsUs;
  }

  #reset(v: PacketView, slot: number): void {
    const k = v.dir;
    if (this.#tcp.expects(slot, k)) {
      const diff = (v.tcpSeq - this.#tcp.nextSeq(slot, k)) | 0;
      // a reset just before what is expected answers a keep-alive; one in the window may follow bytes the span lost
      if (diff < -1 || diff > 1 << 20) {
        this.#weirds.hit(this.#w.rstWindow, slot, v.tsUs);
        return;
      }
    }
    this.#close(slot, FlowEnd.Rst, v.tsUs);
  }

  /** Ends the conversation; a TCP row stays for a while to absorb what still comes. */
  #close(slot: number, reason: FlowEnd, tsUs: number): void {
    if (this.columns.state[slot] === FlowState.Closed) return;
    if (this.columns.proto[slot] === IpProto.Tcp && this.#countOnly[slot] === 0) this.#tcp.close(slot, tsUs);
    this.columns.state[slot] = FlowState.Closed;
    this.#sink.flowClosed(slot, reason, tsUs);
  }

  #end(slot: number, reason: FlowEnd, tsUs: number): void {
    this.#close(slot, reason, tsUs);
    this.#tcp.drop(slot);
    this.#table.remove(slot);
  }

  /** Makes room: of a sample of rows the least worthy leaves, closed before half-open before idle before dear. */
  #evict(nowUs: number): void {
    const c = this.columns;
    let worst = -1;
    let worstRank = Number.POSITIVE_INFINITY;
    for (let i = 0; i < EVICTION_SAMPLE || worst < 0; i++) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % c.capacity;
      const state = c.state[slot];
      const dear = this.#protect === null ? 0 : this.#protect(slot);
      const idle = Math.max(0, nowUs - c.lastUs[slot]);
      const base = state === FlowState.Closed ? 0 : state === FlowState.New ? 1 : 2 + dear;
      const rank = base - idle / (idle + 60e6);
      if (rank < worstRank) {
        worst = slot;
        worstRank = rank;
      }
    }
    this.#c.values[this.#n.evicted]++;
    this.#end(worst, FlowEnd.Evicted, nowUs);
  }
}
