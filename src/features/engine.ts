import {
  type FlowColumns,
  FlowMark,
  FlowState,
  IpProto,
  type Learned,
  LearnedSet,
  Novelty,
  type PacketView,
  TcpFlag,
} from '../core/index.js';
import { Beacon } from './beacon.js';
import { DeviceColumns, F, MIX, MIX_APPS, Min, ROW, Sec } from './columns.js';
import { exp2neg, LAMBDA } from './damped.js';
import { DistinctWindow } from './distinct.js';
import { payloadEntropy } from './entropy.js';
import { HALF_PORTS, turnMix, turnPorts } from './epochs.js';
import { FlowBit, FlowCells } from './flow-cells.js';
import { addGap } from './gap.js';
import { Season } from './season.js';

const S_US = 1_000_000;
const MIN_US = 60_000_000;
const PEER_WINDOW_S = 600;
const TTL_EPOCH_S = 30;
const TTL_MAX_VOTES = 1000;
/** λ of 1/60 s, 1/10 s and 1 s in 1/µs. */
const SLOW = LAMBDA.minute / S_US;
const MIDDLE = LAMBDA.tenSeconds / S_US;
const FAST = LAMBDA.second / S_US;

/**
 * The packet side: every packet is counted at its sender and its receiver. Roles are the device's own (out, in), so a
 * flow picked up in the middle counts as it should.
 */
export class Engine {
  readonly columns = new DeviceColumns();
  readonly cells: FlowCells;
  readonly #flows: FlowColumns;
  readonly #learned: Learned;
  readonly #seed: number;
  readonly #entropyEvery: number;
  readonly #exact: number;

  constructor(flows: FlowColumns, learned: Learned, seed: number, entropyEvery: number, exact: number) {
    this.#flows = flows;
    this.#learned = learned;
    this.#seed = seed;
    this.#entropyEvery = entropyEvery;
    this.#exact = exact;
    this.cells = new FlowCells(flows.capacity);
  }

  packet(v: PacketView): void {
    if (v.ipVersion === 0 || v.duplicate) return;
    const src = v.srcDev;
    const dst = v.dstDev;
    if (src < 0 && dst < 0) return;
    const c = this.columns;
    const sec = Math.floor(v.tsUs / S_US);
    const min = Math.floor(sec / 60);
    const slot = v.slot;
    const retx = slot >= 0 && v.ipProto === IpProto.Tcp ? this.#oddOctets(slot, v.dir) : 0;
    const app = slot >= 0 ? Math.min(MIX_APPS - 1, this.#flows.app[slot]) : 0;
    const conflict = slot >= 0 && (this.#flows.marks[slot] & FlowMark.OverlapDiffers) !== 0 && this.#conflict(slot);
    if (src >= 0) {
      c.ensure(src);
      const base = c.second(src, sec);
      this.#out(src, base, v, sec, min);
      this.#common(src, base, v, sec, app, retx, conflict);
      if (slot >= 0) this.#side(src, slot, v.dir, sec, min, v, true);
    }
    if (dst >= 0) {
      c.ensure(dst);
      const base = c.second(dst, sec);
      this.#in(dst, base, v);
      if (dst !== src) this.#common(dst, base, v, sec, app, retx, conflict);
      if (slot >= 0) this.#side(dst, slot, 1 - v.dir, sec, min, v, false);
    }
  }

  flowOpened(slot: number, v: PacketView, initiatorExternal: boolean, responderExternal: boolean): void {
    const flows = this.#flows;
    this.cells.open(
      slot,
      flows.addressKey(this.#seed, slot, 0),
      flows.addressKey(this.#seed, slot, 1),
      (initiatorExternal ? FlowBit.InitiatorExternal : 0) | (responderExternal ? FlowBit.ResponderExternal : 0),
    );
    const d = v.dir === 0 ? v.srcDev : v.dstDev;
    if (d < 0) return;
    const c = this.columns;
    c.ensure(d);
    const sec = Math.floor(v.tsUs / S_US);
    const base = c.second(d, sec);
    c.seconds[base + Sec.FlowsOpened]++;
    if (v.ipProto === IpProto.Tcp && (v.tcpFlags & (TcpFlag.Syn | TcpFlag.Ack)) === TcpFlag.Syn) {
      c.seconds[base + Sec.SynOut]++;
    }
    if (v.ipProto !== IpProto.Tcp && v.ipProto !== IpProto.Udp) return;
    const port = this.#flows.port[2 * slot + 1];
    const key = (v.ipProto << 16) | port;
    const cold = c.coldOf(d);
    cold.ports ??= new DistinctWindow(PEER_WINDOW_S, this.#exact);
    cold.ports.add(key, sec);
    if (cold.portHist === null) {
      cold.portHist = new Uint16Array(HALF_PORTS * 2);
      cold.portEpoch = Math.floor(sec / 300);
    } else turnPorts(cold, sec);
    const bucket = (Math.imul(key, 0x9e3779b1) >>> 24) & (HALF_PORTS - 1);
    if (cold.portHist[bucket] < 65535) cold.portHist[bucket]++;
  }

  flowClosed(slot: number): void {
    const c = this.cells;
    for (let side = 2 * slot; side < 2 * slot + 2; side++) {
      const d = c.counted[side];
      if (d >= 0 && this.columns.gen[d] === c.countedGen[side]) this.columns.row[d * ROW + F.ActiveFlows]--;
      c.counted[side] = -1;
    }
  }

  /** Counts of the sender. */
  #out(d: number, base: number, v: PacketView, sec: number, min: number): void {
    const c = this.columns;
    const t = v.tsUs;
    const len = v.ipLen;
    c.seconds[base + Sec.PktsOut]++;
    c.seconds[base + Sec.BytesOut] += len;
    if (
      v.dst0 >>> 24 === 0xff ||
      (v.dst2 === 0xffff && v.dst0 === 0 && (v.dst3 >>> 28 === 14 || v.dst3 === -1)) ||
      (v.hasMac && (v.dstMacHi & 0x010000) !== 0)
    ) {
      c.seconds[base + Sec.BmcastOut]++;
    }
    const r = c.row;
    const i = d * ROW;
    const gap = t - r[i + F.LastOutUs];
    if (gap >= 0) {
      const f = exp2neg(gap * SLOW);
      const ms = gap / 1000;
      r[i + F.SizeW] = r[i + F.SizeW] * f + 1;
      r[i + F.SizeLs] = r[i + F.SizeLs] * f + len;
      r[i + F.SizeSs] = r[i + F.SizeSs] * f + len * len;
      r[i + F.IatW] = r[i + F.IatW] * f + 1;
      r[i + F.IatLs] = r[i + F.IatLs] * f + ms;
      r[i + F.IatSs] = r[i + F.IatSs] * f + ms * ms;
      r[i + F.LastOutUs] = t;
      const fast = exp2neg(gap * FAST);
      const middle = exp2neg(gap * MIDDLE);
      r[i + F.OutW1] = r[i + F.OutW1] * fast + 1;
      r[i + F.OutLs1] = r[i + F.OutLs1] * fast + len;
      r[i + F.OutW10] = r[i + F.OutW10] * middle + 1;
      r[i + F.OutLs10] = r[i + F.OutLs10] * middle + len;
      addGap(c, d, gap);
    } else {
      // the first packet, or one older than the newest: no gap to learn from
      r[i + F.SizeW] += 1;
      r[i + F.SizeLs] += len;
      r[i + F.SizeSs] += len * len;
      r[i + F.OutW1] += 1;
      r[i + F.OutLs1] += len;
      r[i + F.OutW10] += 1;
      r[i + F.OutLs10] += len;
      if (!(r[i + F.LastOutUs] >= t)) r[i + F.LastOutUs] = t;
    }
    r[i + F.OutCount]++;
    this.#ttl(i, v.ttl, sec);
    if (v.payLen > 0 && --r[i + F.PayloadWait] < 0) {
      r[i + F.PayloadWait] = this.#entropyEvery - 1;
      const h = payloadEntropy(v.payBuf, v.payOff, v.payOff + v.payLen);
      const f = exp2neg(Math.max(0, t - r[i + F.EntropyUs]) * SLOW);
      r[i + F.EntropyW] = r[i + F.EntropyW] * f + 1;
      r[i + F.EntropyLs] = r[i + F.EntropyLs] * f + h;
      r[i + F.EntropyUs] = t;
    }
    if (min !== r[i + F.Minute]) this.#turnMinute(d, min);
    r[i + F.MinuteBytes] += len;
  }

  /** Counts of the receiver. */
  #in(d: number, base: number, v: PacketView): void {
    const c = this.columns;
    const r = c.row;
    const i = d * ROW;
    const gap = v.tsUs - r[i + F.LastInUs];
    // an older packet than the newest counts without fading; the first one has no gap
    if (gap > 0) {
      r[i + F.InW1] *= exp2neg(gap * FAST);
      r[i + F.InW10] *= exp2neg(gap * MIDDLE);
    }
    r[i + F.InW1]++;
    r[i + F.InW10]++;
    if (!(gap <= 0)) r[i + F.LastInUs] = v.tsUs;
    c.seconds[base + Sec.PktsIn]++;
    c.seconds[base + Sec.BytesIn] += v.ipLen;
    if (v.ipProto !== IpProto.Tcp || (v.tcpFlags & TcpFlag.Syn) === 0) return;
    if ((v.tcpFlags & TcpFlag.Ack) === 0) c.seconds[base + Sec.SynIn]++;
    else if (v.slot >= 0 && v.dir === 1 && (this.cells.bits[v.slot] & FlowBit.SynAckCounted) === 0) {
      this.cells.bits[v.slot] |= FlowBit.SynAckCounted;
      c.seconds[base + Sec.SynAckIn]++;
    }
  }

  /** Counts of both ends. */
  #common(d: number, base: number, v: PacketView, sec: number, app: number, odd: number, conflict: boolean): void {
    const c = this.columns;
    const i = d * ROW;
    const r = c.row;
    if (Number.isNaN(r[i + F.FirstUs])) {
      r[i + F.FirstUs] = v.tsUs;
      r[i + F.LastRowUs] = v.tsUs;
      r[i + F.MixEpoch] = Math.floor(sec / 300);
    }
    r[i + F.NewPackets]++;
    if (v.ipProto === IpProto.Tcp) {
      c.seconds[base + Sec.TcpSegs]++;
      c.seconds[base + Sec.TcpBytes] += v.payWireLen;
      if ((v.tcpFlags & TcpFlag.Rst) !== 0) c.seconds[base + Sec.Rst]++;
      if ((v.tcpFlags & TcpFlag.Psh) !== 0) c.seconds[base + Sec.Psh]++;
      if (odd > 0) c.seconds[base + Sec.RetxBytes] += odd;
      if (conflict) c.seconds[base + Sec.Conflicts]++;
    }
    if (sec >= r[i + F.MixEpoch] * 300 + 300) turnMix(c, d, sec, this.#learned.learning(d, v.tsUs));
    c.mix[d * MIX + app] += v.ipLen;
  }

  /** Once a packet: the flow is among the device's open ones; once a second and minute: it talks with this peer. */
  #side(d: number, slot: number, side: number, sec: number, min: number, v: PacketView, out: boolean): void {
    const cells = this.cells;
    const c = this.columns;
    const s = 2 * slot + side;
    if (cells.counted[s] !== d || cells.countedGen[s] !== c.gen[d]) {
      const before = cells.counted[s];
      if (before >= 0 && c.gen[before] === cells.countedGen[s]) c.row[before * ROW + F.ActiveFlows]--;
      // the last acknowledgement of a closed flow does not open it again
      const open = this.#flows.state[slot] !== FlowState.Closed;
      cells.counted[s] = open ? d : -1;
      cells.countedGen[s] = c.gen[d];
      if (open) c.row[d * ROW + F.ActiveFlows]++;
    }
    const peer = cells.key[2 * slot + 1 - side];
    const external = (cells.bits[slot] & (side === 0 ? FlowBit.ResponderExternal : FlowBit.InitiatorExternal)) !== 0;
    if (out) {
      if (external) c.minutes[c.minute(d, min) + Min.ExtOut] += v.ipLen;
      if (cells.markedSec[s] !== sec) {
        cells.markedSec[s] = sec;
        const cold = c.coldOf(d);
        cold.beacon ??= new Beacon();
        cold.beacon.mark(peer, external, sec);
      }
    }
    if (cells.notedMin[s] === min) return;
    cells.notedMin[s] = min;
    const cold = c.coldOf(d);
    cold.peers ??= new DistinctWindow(PEER_WINDOW_S, this.#exact);
    cold.peers.add(peer, sec);
    if (this.#learned.observe(LearnedSet.Peer, d, peer, v.tsUs) === Novelty.New) {
      cold.newPeers ??= new DistinctWindow(PEER_WINDOW_S, this.#exact);
      cold.newPeers.add(peer, sec);
    }
  }

  /** Retransmitted and out-of-order octets of one direction since last asked. */
  #oddOctets(slot: number, dir: number): number {
    const s = 2 * slot + dir;
    const now = this.#flows.retransmitted[s] + this.#flows.outOfOrder[s];
    const more = now - this.cells.odd[s];
    if (more !== 0) this.cells.odd[s] = now;
    return Math.max(more, 0);
  }

  #conflict(slot: number): boolean {
    if ((this.cells.bits[slot] & FlowBit.ConflictCounted) !== 0) return false;
    this.cells.bits[slot] |= FlowBit.ConflictCounted;
    return true;
  }

  /** Usual TTL by majority vote (Boyer, Moore); the largest difference is kept for this and the last 30 s. */
  #ttl(i: number, ttl: number, sec: number): void {
    const r = this.columns.row;
    const modal = r[i + F.TtlModal];
    if (ttl === modal) {
      if (r[i + F.TtlVotes] < TTL_MAX_VOTES) r[i + F.TtlVotes]++;
    } else if (r[i + F.TtlVotes] <= 0) {
      r[i + F.TtlModal] = ttl;
      r[i + F.TtlVotes] = 1;
    } else r[i + F.TtlVotes]--;
    const off = Math.abs(ttl - r[i + F.TtlModal]);
    if (off === 0) return;
    const epoch = Math.floor(sec / TTL_EPOCH_S);
    if (epoch > r[i + F.TtlEpoch]) {
      r[i + F.TtlOffBefore] = epoch === r[i + F.TtlEpoch] + 1 ? r[i + F.TtlOffNow] : 0;
      r[i + F.TtlOffNow] = 0;
      r[i + F.TtlEpoch] = epoch;
    }
    if (off > r[i + F.TtlOffNow]) r[i + F.TtlOffNow] = off;
  }

  /** A minute of sending is over; minutes without a packet count as zero bytes for at most an hour. */
  #turnMinute(d: number, min: number): void {
    const r = this.columns.row;
    const i = d * ROW;
    const last = r[i + F.Minute];
    if (last > 0 && min > last) {
      const cold = this.columns.coldOf(d);
      cold.season ??= new Season();
      // the first minute of a device is not whole
      if (last * MIN_US >= r[i + F.FirstUs]) cold.season.add(r[i + F.MinuteBytes], last * MIN_US);
      const silent = Math.min(60, min - last - 1);
      for (let k = 1; k <= silent; k++) cold.season.add(0, (last + k) * MIN_US);
      r[i + F.LastMinuteBytes] = silent > 0 ? 0 : r[i + F.MinuteBytes];
    }
    if (min < last) return;
    r[i + F.Minute] = min;
    r[i + F.MinuteBytes] = 0;
  }
}
