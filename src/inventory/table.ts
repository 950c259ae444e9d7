import type { Device, Evidence } from '../core/index.js';

/** One device row's cold record; times are filled in when it is read (the hot columns are the truth). */
export class DeviceRecord implements Device {
  readonly index: number;
  id = '';
  type = 'unknown';
  typeConfidence = 0;
  typePinned = false;
  criticality: Device['criticality'] = 'medium';
  name: string | null = null;
  location: string | null = null;
  vendor: string | null = null;
  model: string | null = null;
  software: string | null = null;
  serial: string | null = null;
  hostname: string | null = null;
  macs: string[] = [];
  addresses: string[] = [];
  firstUs = Number.NaN;
  lastUs = Number.NaN;
  evidence: Evidence[] = [];
  patientConnected = false;
  /** Something was learned since the row was last handed out. */
  changed = true;

  constructor(index: number) {
    this.index = index;
  }
}

/** Bits of `DeviceTable.flags`. */
export const DeviceFlag = {
  /** The row is in use. */
  Used: 1,
  /** Never leaves the table: life-critical or listed by the operator. */
  Kept: 2,
  /** Identity is an address (behind a router, or no MAC seen), not a MAC. */
  ByAddress: 4,
  /** The operator's file names it by address only. */
  SiteByIp: 8,
  /** Offers vital signs (data export); its packets are vital signs. */
  Vitals: 16,
  /** Made while the table was nearly full and not seen for a second yet: the first to leave. */
  Newcomer: 32,
} as const;

const LRU_STEP_US = 1_000_000;
/** Above this fill newcomers queue at the old end, so that a flood of forged senders replaces itself only. */
const CROWDED = 0.75;

/**
 * Device rows: hot columns, cold records and the order of last use. The order moves at most once a second a device, so
 * the packet path only writes a time.
 */
export class DeviceTable {
  readonly capacity: number;
  readonly firstUs: Float64Array;
  readonly lastUs: Float64Array;
  /** Time of the last vital-sign or therapy message, µs. */
  readonly patientUs: Float64Array;
  readonly profile: Uint16Array;
  readonly flags: Uint8Array;
  readonly records: (DeviceRecord | undefined)[];
  /** Rows in use, and one past the highest row ever used. */
  used = 0;
  high = 0;
  /** Rows that never leave. */
  kept = 0;
  readonly #ids = new Map<string, number>();
  readonly #prev: Int32Array;
  readonly #next: Int32Array;
  readonly #movedUs: Float64Array;
  readonly #free: number[] = [];
  #oldest = -1;
  #newest = -1;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.firstUs = new Float64Array(capacity).fill(Number.NaN);
    this.lastUs = new Float64Array(capacity).fill(Number.NaN);
    this.patientUs = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
    this.profile = new Uint16Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.records = new Array(capacity);
    this.#prev = new Int32Array(capacity).fill(-1);
    this.#next = new Int32Array(capacity).fill(-1);
    this.#movedUs = new Float64Array(capacity);
  }

  /** A fresh row, −1 when the table is full (then `oldest` may be let go first). */
  add(): number {
    const d = this.#free.pop() ?? (this.high < this.capacity ? this.high++ : -1);
    if (d < 0) return -1;
    this.used++;
    this.flags[d] = DeviceFlag.Used;
    this.firstUs[d] = Number.NaN;
    this.lastUs[d] = Number.NaN;
    this.patientUs[d] = Number.NEGATIVE_INFINITY;
    this.profile[d] = 0;
    this.records[d] = new DeviceRecord(d);
    this.#movedUs[d] = Number.NEGATIVE_INFINITY;
    if (this.used <= this.capacity * CROWDED) this.#link(d);
    else {
      this.flags[d] |= DeviceFlag.Newcomer;
      this.#next[d] = this.#oldest;
      this.#prev[d] = -1;
      if (this.#oldest >= 0) this.#prev[this.#oldest] = d;
      this.#oldest = d;
      if (this.#newest < 0) this.#newest = d;
    }
    return d;
  }

  remove(d: number): void {
    const r = this.records[d];
    if (r !== undefined && this.#ids.get(r.id) === d) this.#ids.delete(r.id);
    if ((this.flags[d] & DeviceFlag.Kept) === 0) this.#unlink(d);
    else this.kept--;
    this.records[d] = undefined;
    this.flags[d] = 0;
    this.used--;
    this.#free.push(d);
  }

  /** Device silent for longest among those that may leave, −1 none. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Never lets a row go from now on, or lets it again. */
  keep(d: number, kept: boolean): void {
    if (((this.flags[d] & DeviceFlag.Kept) !== 0) === kept) return;
    if (kept) {
      this.#unlink(d);
      this.flags[d] |= DeviceFlag.Kept;
      this.kept++;
    } else {
      this.flags[d] &= ~DeviceFlag.Kept;
      this.kept--;
      this.#link(d);
    }
  }

  /** The device sent something. */
  touch(d: number, nowUs: number): void {
    if (!(nowUs <= this.lastUs[d])) this.lastUs[d] = nowUs;
    if (nowUs - this.#movedUs[d] < LRU_STEP_US) return;
    const first = this.#movedUs[d] === Number.NEGATIVE_INFINITY;
    this.#movedUs[d] = nowUs;
    if (!(this.firstUs[d] <= nowUs)) this.firstUs[d] = nowUs;
    if ((this.flags[d] & DeviceFlag.Newcomer) !== 0) {
      if (first) return;
      this.flags[d] &= ~DeviceFlag.Newcomer;
    }
    if (this.#newest === d || (this.flags[d] & DeviceFlag.Kept) !== 0) return;
    this.#unlink(d);
    this.#link(d);
  }

  /** Gives a row its id, made unique. */
  setId(d: number, wanted: string): void {
    const r = this.records[d]!;
    if (r.id === wanted) return;
    if (this.#ids.get(r.id) === d) this.#ids.delete(r.id);
    let id = wanted;
    for (let n = 2; (this.#ids.get(id) ?? d) !== d; n++) id = `${wanted}~${n}`;
    r.id = id;
    this.#ids.set(id, d);
  }

  byId(id: string): number {
    return this.#ids.get(id) ?? -1;
  }

  #link(d: number): void {
    this.#prev[d] = this.#newest;
    this.#next[d] = -1;
    if (this.#newest >= 0) this.#next[this.#newest] = d;
    this.#newest = d;
    if (this.#oldest < 0) this.#oldest = d;
  }

  #unlink(d: number): void {
    const p = this.#prev[d];
    const n = this.#next[d];
    if (p >= 0) this.#next[p] = n;
    else if (this.#oldest === d) this.#oldest = n;
    if (n >= 0) this.#prev[n] = p;
    else if (this.#newest === d) this.#newest = p;
    this.#prev[d] = this.#next[d] = -1;
  }
}
