import type { Beacon } from './beacon.js';
import type { DicomStats } from './dicom-stats.js';
import type { DistinctWindow } from './distinct.js';
import type { Hl7Stats } from './hl7-stats.js';
import type { MqttStats } from './mqtt-stats.js';
import type { Season } from './season.js';
import type { VitalsStats } from './vitals-stats.js';

/** Counters of one second, as 16 words (one cache line) in `seconds`. */
export const Sec = {
  PktsOut: 0,
  PktsIn: 1,
  BytesOut: 2,
  BytesIn: 3,
  TcpSegs: 4,
  Rst: 5,
  Psh: 6,
  SynIn: 7,
  BmcastOut: 8,
  TcpBytes: 9,
  RetxBytes: 10,
  FlowsOpened: 11,
  SynOut: 12,
  SynAckIn: 13,
  ArpOdd: 14,
  Conflicts: 15,
} as const;
export const SEC_COUNTERS = 16;
export const SECONDS = 60;

/** Scalars of a device row in `row`. */
export const F = {
  FirstUs: 0,
  LastOutUs: 1,
  SizeW: 2,
  SizeLs: 3,
  SizeSs: 4,
  IatW: 5,
  IatLs: 6,
  IatSs: 7,
  OutCount: 8,
  EntropyW: 9,
  EntropyLs: 10,
  EntropyUs: 11,
  TtlModal: 12,
  TtlVotes: 13,
  TtlOffNow: 14,
  TtlOffBefore: 15,
  TtlEpoch: 16,
  LastRowUs: 17,
  NewPackets: 18,
  NewEvents: 19,
  Periodicity: 20,
  ActiveFlows: 21,
  /** Minute number of `MinuteBytes`, bytes sent in it, and those of the last finished minute (NaN none). */
  Minute: 22,
  MinuteBytes: 23,
  LastMinuteBytes: 24,
  MixEpoch: 25,
  PayloadWait: 26,
  /** Damped packets and octets sent, packets received: memory of 1 s and of 10 s. */
  OutW1: 27,
  OutLs1: 28,
  OutW10: 29,
  OutLs10: 30,
  InW1: 31,
  InW10: 32,
  LastInUs: 33,
} as const;
export const ROW = 34;

/** Application protocol mix: this epoch, the one before, and the learned one, in octets by AppProto. */
export const MIX_APPS = 32;
export const MIX = MIX_APPS * 3;
export const GAP_BINS = 64;
/** Ten minutes by minute: octets to external peers, DNS answers, NXDOMAIN answers, flows of which nothing else is kept. */
export const Min = { ExtOut: 0, DnsAnswers: 1, DnsNx: 2 } as const;
export const MIN_COUNTERS = 4;
export const MINUTES = 10;

/** What only some devices need, made when first needed. */
export interface Cold {
  peers: DistinctWindow | null;
  newPeers: DistinctWindow | null;
  ports: DistinctWindow | null;
  domains: DistinctWindow | null;
  /** Server ports contacted, 256 hashed buckets, two epochs of 5 min. */
  portHist: Uint16Array | null;
  portEpoch: number;
  beacon: Beacon | null;
  season: Season | null;
  dicom: DicomStats | null;
  hl7: Hl7Stats | null;
  mqtt: MqttStats | null;
  vitals: VitalsStats | null;
}

/** Fresh pages cost nothing until used, so growing (which copies) is left to sites with more devices than usual. */
const START = 16_384;
/** Rows made ready at a time. */
const STEP = 512;

/** All per-device state of the room in typed columns that grow by doubling with the device table. */
export class DeviceColumns {
  capacity = 0;
  /** Rows below are as fresh ones are; those above wait in pages nobody has touched. */
  #ready = 0;
  row = new Float64Array(0);
  /** Ring of the last 60 seconds, and the sum of the finished ones among them. */
  seconds = new Uint32Array(0);
  closed = new Float64Array(0);
  curSec = new Int32Array(0);
  minutes = new Float64Array(0);
  curMin = new Int32Array(0);
  mix = new Float64Array(0);
  gaps = new Uint16Array(0);
  gapTotal = new Uint32Array(0);
  /** Changes when the row goes to another device. */
  gen = new Uint16Array(0);
  cold: (Cold | undefined)[] = [];

  /** Makes room for a device index. */
  ensure(device: number): void {
    if (device < this.#ready) return;
    if (device >= this.capacity) this.#grow(device);
    const to = Math.min(this.capacity, (Math.floor(device / STEP) + 1) * STEP);
    for (let d = this.#ready; d < to; d++) this.#blank(d);
    this.#ready = to;
  }

  #grow(device: number): void {
    let n = Math.max(START, this.capacity);
    while (n <= device) n *= 2;
    this.capacity = n;
    this.row = grow64(this.row, n * ROW);
    const seconds = new Uint32Array(n * SECONDS * SEC_COUNTERS);
    seconds.set(this.seconds);
    this.seconds = seconds;
    this.closed = grow64(this.closed, n * SEC_COUNTERS);
    this.minutes = grow64(this.minutes, n * MINUTES * MIN_COUNTERS);
    this.mix = grow64(this.mix, n * MIX);
    const curSec = new Int32Array(n);
    curSec.set(this.curSec);
    this.curSec = curSec;
    const curMin = new Int32Array(n);
    curMin.set(this.curMin);
    this.curMin = curMin;
    const gaps = new Uint16Array(n * GAP_BINS);
    gaps.set(this.gaps);
    this.gaps = gaps;
    const gapTotal = new Uint32Array(n);
    gapTotal.set(this.gapTotal);
    this.gapTotal = gapTotal;
    const gen = new Uint16Array(n);
    gen.set(this.gen);
    this.gen = gen;
  }

  /** Everything about a device is forgotten: its index has a new owner. */
  reset(d: number): void {
    const r = d * ROW;
    this.row.fill(0, r, r + ROW);
    this.#blank(d);
    this.seconds.fill(0, d * SECONDS * SEC_COUNTERS, (d + 1) * SECONDS * SEC_COUNTERS);
    this.closed.fill(0, d * SEC_COUNTERS, (d + 1) * SEC_COUNTERS);
    this.minutes.fill(0, d * MINUTES * MIN_COUNTERS, (d + 1) * MINUTES * MIN_COUNTERS);
    this.mix.fill(0, d * MIX, (d + 1) * MIX);
    this.gaps.fill(0, d * GAP_BINS, (d + 1) * GAP_BINS);
    this.gapTotal[d] = 0;
    this.gen[d]++;
    this.cold[d] = undefined;
  }

  /** What is not zero in a fresh row. */
  #blank(d: number): void {
    const r = d * ROW;
    this.row[r + F.FirstUs] = Number.NaN;
    this.row[r + F.LastOutUs] = Number.NaN;
    this.row[r + F.LastInUs] = Number.NaN;
    this.row[r + F.LastRowUs] = Number.NaN;
    this.row[r + F.Periodicity] = Number.NaN;
    this.row[r + F.LastMinuteBytes] = Number.NaN;
    this.curSec[d] = -1;
    this.curMin[d] = -1;
  }

  coldOf(d: number): Cold {
    let c = this.cold[d];
    if (c === undefined) {
      c = {
        peers: null,
        newPeers: null,
        ports: null,
        domains: null,
        portHist: null,
        portEpoch: -1,
        beacon: null,
        season: null,
        dicom: null,
        hl7: null,
        mqtt: null,
        vitals: null,
      };
      this.cold[d] = c;
    }
    return c;
  }

  /**
   * Brings the 60-second ring to `sec` and returns where the running second's counters start. A packet older than the
   * running second counts in it.
   */
  second(d: number, sec: number): number {
    const cur = this.curSec[d];
    const ring = d * SECONDS * SEC_COUNTERS;
    if (sec > cur) {
      const c = d * SEC_COUNTERS;
      const s = this.seconds;
      const closed = this.closed;
      if (cur < 0 || sec - cur >= SECONDS) {
        s.fill(0, ring, ring + SECONDS * SEC_COUNTERS);
        closed.fill(0, c, c + SEC_COUNTERS);
      } else {
        const done = ring + (cur % SECONDS) * SEC_COUNTERS;
        for (let k = 0; k < SEC_COUNTERS; k++) closed[c + k] += s[done + k];
        for (let t = cur + 1; t <= sec; t++) {
          const from = ring + (t % SECONDS) * SEC_COUNTERS;
          for (let k = 0; k < SEC_COUNTERS; k++) {
            closed[c + k] -= s[from + k];
            s[from + k] = 0;
          }
        }
      }
      this.curSec[d] = sec;
      return ring + (sec % SECONDS) * SEC_COUNTERS;
    }
    return ring + (cur % SECONDS) * SEC_COUNTERS;
  }

  /** Sum of a counter over the window that ends in the running second. */
  sum(d: number, counter: number): number {
    const cur = this.curSec[d];
    if (cur < 0) return 0;
    return (
      this.closed[d * SEC_COUNTERS + counter] + this.seconds[(d * SECONDS + (cur % SECONDS)) * SEC_COUNTERS + counter]
    );
  }

  /** Largest value of a counter in one second of the window. */
  top(d: number, counter: number): number {
    let m = 0;
    const end = (d + 1) * SECONDS * SEC_COUNTERS;
    for (let i = d * SECONDS * SEC_COUNTERS + counter; i < end; i += SEC_COUNTERS)
      if (this.seconds[i] > m) m = this.seconds[i];
    return m;
  }

  /** Brings the 10-minute ring to `min` and returns where the running minute's counters start. */
  minute(d: number, min: number): number {
    const cur = this.curMin[d];
    const ring = d * MINUTES * MIN_COUNTERS;
    if (min <= cur) return ring + (cur % MINUTES) * MIN_COUNTERS;
    for (let t = Math.max(cur + 1, min - MINUTES + 1); t <= min; t++) {
      const from = ring + (t % MINUTES) * MIN_COUNTERS;
      this.minutes.fill(0, from, from + MIN_COUNTERS);
    }
    this.curMin[d] = min;
    return ring + (min % MINUTES) * MIN_COUNTERS;
  }

  minuteSum(d: number, counter: number, min: number): number {
    this.minute(d, min);
    let s = 0;
    const end = (d + 1) * MINUTES * MIN_COUNTERS;
    for (let i = d * MINUTES * MIN_COUNTERS + counter; i < end; i += MIN_COUNTERS) s += this.minutes[i];
    return s;
  }
}

function grow64(old: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const a = new Float64Array(n);
  a.set(old);
  return a;
}
