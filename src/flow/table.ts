import { FlowColumns, FlowState, fold32, IpProto, mix32, type PacketView } from '../core/index.js';

/**
 * Slots by 5-tuple: open addressing on an Int32Array with linear probing and backward-shift deletion. The hash of a flow is
 * the same in both directions and seeded, so that outsiders cannot aim at a bucket.
 */
export class FlowTable {
  readonly columns: FlowColumns;
  /** slot + 1, 0 empty. */
  readonly #buckets: Int32Array;
  readonly #mask: number;
  readonly #hash: Int32Array;
  readonly #free: Int32Array;
  #freeTop: number;
  readonly #seed: number;
  /** Longest probe seen, for the metrics. */
  longestProbe = 0;

  constructor(capacity: number, seed: number) {
    this.columns = new FlowColumns(capacity);
    let size = 1024;
    while (size < capacity * 2) size *= 2;
    this.#buckets = new Int32Array(size);
    this.#mask = size - 1;
    this.#hash = new Int32Array(capacity);
    this.#free = new Int32Array(capacity);
    for (let i = 0; i < capacity; i++) this.#free[i] = capacity - 1 - i;
    this.#freeTop = capacity;
    this.#seed = seed | 0;
  }

  get active(): number {
    return this.columns.capacity - this.#freeTop;
  }

  get full(): boolean {
    return this.#freeTop === 0;
  }

  /** Symmetric hash of the packet's endpoints and protocol. */
  hashOf(v: PacketView): number {
    const ported = v.ipProto === IpProto.Tcp || v.ipProto === IpProto.Udp || v.ipProto === IpProto.Sctp;
    let a = fold32(this.#seed, v.src3);
    let b = fold32(this.#seed, v.dst3);
    if (v.ipVersion === 6) {
      a = fold32(fold32(fold32(a, v.src2), v.src1), v.src0);
      b = fold32(fold32(fold32(b, v.dst2), v.dst1), v.dst0);
    }
    if (ported) {
      a = fold32(a, v.srcPort);
      b = fold32(b, v.dstPort);
    }
    // the sum is the same both ways; mixing each side first keeps sums from cancelling
    return mix32((mix32(a) + mix32(b) + Math.imul(v.ipProto + 1, 0x9e3779b1)) | 0);
  }

  /** Slot of the packet's flow, −1 when there is none; sets view.dir. */
  find(v: PacketView, hash: number): number {
    const { addr, port, proto } = this.columns;
    const ported = v.ipProto === IpProto.Tcp || v.ipProto === IpProto.Udp || v.ipProto === IpProto.Sctp;
    let i = hash & this.#mask;
    for (let probe = 1; ; probe++) {
      const entry = this.#buckets[i];
      if (entry === 0) {
        if (probe > this.longestProbe) this.longestProbe = probe;
        return -1;
      }
      const slot = entry - 1;
      if (this.#hash[slot] === hash && proto[slot] === v.ipProto) {
        const a = slot * 8;
        const forward =
          addr[a + 3] === v.src3 &&
          addr[a + 7] === v.dst3 &&
          (!ported || (port[2 * slot] === v.srcPort && port[2 * slot + 1] === v.dstPort));
        if (forward && this.#rest(v, a, 0)) {
          v.dir = 0;
          return slot;
        }
        const backward =
          addr[a + 7] === v.src3 &&
          addr[a + 3] === v.dst3 &&
          (!ported || (port[2 * slot + 1] === v.srcPort && port[2 * slot] === v.dstPort));
        if (backward && this.#rest(v, a, 4)) {
          v.dir = 1;
          return slot;
        }
      }
      i = (i + 1) & this.#mask;
    }
  }

  #rest(v: PacketView, a: number, turn: number): boolean {
    const { addr } = this.columns;
    const s = a + turn;
    const d = a + 4 - turn;
    return (
      addr[s + 2] === v.src2 &&
      addr[d + 2] === v.dst2 &&
      addr[s + 1] === v.src1 &&
      addr[d + 1] === v.dst1 &&
      addr[s] === v.src0 &&
      addr[d] === v.dst0
    );
  }

  /** Takes a free slot and enters the packet's flow, initiator first. The table must not be full. */
  insert(v: PacketView, hash: number, sourceInitiates: boolean): number {
    const slot = this.#free[--this.#freeTop];
    const c = this.columns;
    const a = slot * 8;
    const s = sourceInitiates ? a : a + 4;
    const d = sourceInitiates ? a + 4 : a;
    c.addr[s] = v.src0;
    c.addr[s + 1] = v.src1;
    c.addr[s + 2] = v.src2;
    c.addr[s + 3] = v.src3;
    c.addr[d] = v.dst0;
    c.addr[d + 1] = v.dst1;
    c.addr[d + 2] = v.dst2;
    c.addr[d + 3] = v.dst3;
    c.port[2 * slot] = sourceInitiates ? v.srcPort : v.dstPort;
    c.port[2 * slot + 1] = sourceInitiates ? v.dstPort : v.srcPort;
    c.proto[slot] = v.ipProto;
    c.ipVersion[slot] = v.ipVersion;
    c.vlan[slot] = v.vlan;
    c.tunnel[slot] = v.tunnel;
    c.tunnelId[slot] = v.tunnelId;
    if (v.tunnelDepth !== 0) {
      c.outer[s] = v.outerSrc0;
      c.outer[s + 1] = v.outerSrc1;
      c.outer[s + 2] = v.outerSrc2;
      c.outer[s + 3] = v.outerSrc3;
      c.outer[d] = v.outerDst0;
      c.outer[d + 1] = v.outerDst1;
      c.outer[d + 2] = v.outerDst2;
      c.outer[d + 3] = v.outerDst3;
    } else if (v.tunnel !== 0) c.outer.fill(0, a, a + 8);
    this.clear(slot, v.tsUs);
    this.#hash[slot] = hash;
    let i = hash & this.#mask;
    while (this.#buckets[i] !== 0) i = (i + 1) & this.#mask;
    this.#buckets[i] = slot + 1;
    v.dir = sourceInitiates ? 0 : 1;
    return slot;
  }

  /** A new conversation begins in this slot: counters at zero, next generation. */
  clear(slot: number, tsUs: number): void {
    const c = this.columns;
    c.gen[slot]++;
    c.state[slot] = FlowState.New;
    c.marks[slot] = 0;
    c.firstUs[slot] = tsUs;
    c.lastUs[slot] = tsUs;
    c.rttUs[slot] = Number.NaN;
    c.app[slot] = 0;
    for (let k = 2 * slot; k < 2 * slot + 2; k++) {
      c.packets[k] = 0;
      c.octets[k] = 0;
      c.payload[k] = 0;
      c.retransmitted[k] = 0;
      c.outOfOrder[k] = 0;
      c.gapOctets[k] = 0;
      c.device[k] = -1;
    }
  }

  /** Frees a slot; the run of buckets behind it moves up so that probes stay short. */
  remove(slot: number): void {
    let i = this.#hash[slot] & this.#mask;
    while (this.#buckets[i] !== slot + 1) i = (i + 1) & this.#mask;
    let hole = i;
    for (let j = (i + 1) & this.#mask; this.#buckets[j] !== 0; j = (j + 1) & this.#mask) {
      const home = this.#hash[this.#buckets[j] - 1] & this.#mask;
      // an entry may move into the hole when the hole lies between its home and where it is
      if (((j - home) & this.#mask) >= ((j - hole) & this.#mask)) {
        this.#buckets[hole] = this.#buckets[j];
        hole = j;
      }
    }
    this.#buckets[hole] = 0;
    this.columns.state[slot] = FlowState.Free;
    this.#free[this.#freeTop++] = slot;
  }
}
