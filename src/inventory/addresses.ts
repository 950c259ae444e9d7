import { formatIp, formatMac } from '../core/index.js';
import { AddressIndex } from './address-index.js';
import type { DeviceTable } from './table.js';

/** Bits of `Addresses.ipFlags`. */
export const IpFlag = {
  /** Its holder said so by ARP: the address is on this segment. */
  Proven: 1,
  V4: 2,
} as const;

/** Bits of `Addresses.macFlags`. */
export const MacFlag = { Router: 1, Virtual: 2 } as const;

export const FAN = 8;
export const VLANS = 4;
/** MACs that belong to no device: routers and claimants. */
const SPARE_MACS = 1024;

/**
 * Both directions of "who holds what": address → device with the MAC that owns it, MAC → device with what it carries.
 * A device's addresses and MACs are singly linked, newest first.
 */
export class Addresses {
  readonly ips: AddressIndex;
  readonly macs: AddressIndex;
  readonly ipDev: Int32Array;
  readonly ipMacHi: Int32Array;
  readonly ipMacLo: Int32Array;
  readonly ipLastUs: Float64Array;
  readonly ipFlags: Uint8Array;
  /** When a claim on the address by another MAC was last told, and that MAC. */
  readonly ipToldUs: Float64Array;
  readonly ipRivalHi: Int32Array;
  readonly ipRivalLo: Int32Array;
  readonly macDev: Int32Array;
  readonly macFlags: Uint8Array;
  /** Time of the last packet without an address (DHCP), µs. */
  readonly macBlankUs: Float64Array;
  readonly macToldUs: Float64Array;
  readonly macVlans: Int16Array;
  /** Recent IPv4 sources carried: address words and times. */
  readonly fanIp: Int32Array;
  readonly fanUs: Float64Array;
  readonly #ipNext: Int32Array;
  readonly #macNext: Int32Array;
  readonly #devIps: Int32Array;
  readonly #devMacs: Int32Array;
  readonly #maxIps: number;
  readonly #maxMacs: number;
  readonly #table: DeviceTable;
  #loose = 0;
  /** Told when a device gets a MAC. */
  onMac: (device: number, hi: number, lo: number) => void = () => undefined;

  constructor(table: DeviceTable, maxIps: number, maxMacs: number, seed: number) {
    const nIp = table.capacity * maxIps;
    const nMac = table.capacity * maxMacs + SPARE_MACS;
    this.#table = table;
    this.#maxIps = maxIps;
    this.#maxMacs = maxMacs;
    this.ips = new AddressIndex(nIp, seed);
    this.macs = new AddressIndex(nMac, seed ^ 0x6d61);
    this.ipDev = new Int32Array(nIp);
    this.ipMacHi = new Int32Array(nIp);
    this.ipMacLo = new Int32Array(nIp);
    this.ipLastUs = new Float64Array(nIp);
    this.ipFlags = new Uint8Array(nIp);
    this.ipToldUs = new Float64Array(nIp);
    this.ipRivalHi = new Int32Array(nIp);
    this.ipRivalLo = new Int32Array(nIp);
    this.macDev = new Int32Array(nMac);
    this.macFlags = new Uint8Array(nMac);
    this.macBlankUs = new Float64Array(nMac);
    this.macToldUs = new Float64Array(nMac);
    this.macVlans = new Int16Array(nMac * VLANS);
    this.fanIp = new Int32Array(nMac * FAN);
    this.fanUs = new Float64Array(nMac * FAN);
    this.#ipNext = new Int32Array(nIp);
    this.#macNext = new Int32Array(nMac);
    this.#devIps = new Int32Array(table.capacity).fill(-1);
    this.#devMacs = new Int32Array(table.capacity).fill(-1);
  }

  findMac(hi: number, lo: number): number {
    return this.macs.find(hi, lo, 0, 0);
  }

  /**
   * Entry of a MAC, made when absent. MACs that will have no device (`loose`: routers) have a limit of their own, so
   * that a flood of them cannot take the place of devices; −1 when it is reached.
   */
  mac(hi: number, lo: number, flags: number, loose: boolean): number {
    const have = this.macs.find(hi, lo, 0, 0);
    if (have >= 0) return have;
    if (loose && this.#loose >= SPARE_MACS) return -1;
    const m = this.macs.add(hi, lo, 0, 0);
    if (m < 0) return -1;
    this.#loose++;
    this.macDev[m] = -1;
    this.macFlags[m] = flags;
    this.macBlankUs[m] = Number.NEGATIVE_INFINITY;
    this.macToldUs[m] = Number.NEGATIVE_INFINITY;
    this.macVlans.fill(-1, m * VLANS, m * VLANS + VLANS);
    this.fanUs.fill(Number.NEGATIVE_INFINITY, m * FAN, m * FAN + FAN);
    return m;
  }

  /** Newest MAC entry of a device, −1 none; walk on with `nextMac`. */
  firstMac(d: number): number {
    return this.#devMacs[d];
  }
  nextMac(m: number): number {
    return this.#macNext[m];
  }
  firstIp(d: number): number {
    return this.#devIps[d];
  }
  nextIp(e: number): number {
    return this.#ipNext[e];
  }

  /** Makes a MAC entry the device's; the oldest MAC leaves when there are too many. */
  giveMac(m: number, d: number): void {
    if (this.macDev[m] === d) return;
    if (this.macDev[m] >= 0) this.takeMac(m);
    this.#loose--;
    this.macDev[m] = d;
    this.#macNext[m] = this.#devMacs[d];
    this.#devMacs[d] = m;
    let n = 0;
    for (let x = m; x >= 0; x = this.#macNext[x]) {
      if (++n > this.#maxMacs) {
        this.dropMac(x);
        break;
      }
    }
    this.#macTexts(d);
    this.onMac(d, this.macs.key[m * 4], this.macs.key[m * 4 + 1]);
  }

  /** Parts a MAC entry from its device; the entry stays. */
  takeMac(m: number): void {
    const d = this.macDev[m];
    if (d < 0) return;
    this.#loose++;
    this.macDev[m] = -1;
    if (this.#devMacs[d] === m) this.#devMacs[d] = this.#macNext[m];
    else {
      for (let x = this.#devMacs[d]; x >= 0; x = this.#macNext[x]) {
        if (this.#macNext[x] === m) this.#macNext[x] = this.#macNext[m];
      }
    }
    this.#macNext[m] = -1;
    this.#macTexts(d);
  }

  /** Forgets a MAC. */
  dropMac(m: number): void {
    this.takeMac(m);
    this.#loose--;
    this.macs.remove(m);
  }

  /**
   * Adds an address to a device; the device's address unused for longest leaves when there are too many.
   * Returns the entry.
   */
  addIp(d: number, w0: number, w1: number, w2: number, w3: number, hi: number, lo: number, nowUs: number): number {
    let n = 0;
    let oldest = -1;
    for (let x = this.#devIps[d]; x >= 0; x = this.#ipNext[x]) {
      n++;
      if (oldest < 0 || this.ipLastUs[x] < this.ipLastUs[oldest]) oldest = x;
    }
    if (n >= this.#maxIps) this.dropIp(oldest);
    const e = this.ips.add(w0, w1, w2, w3);
    if (e < 0) return -1; // cannot happen: one entry is reserved for every device's every address
    this.ipDev[e] = d;
    this.ipMacHi[e] = hi;
    this.ipMacLo[e] = lo;
    this.ipLastUs[e] = nowUs;
    this.ipFlags[e] = w0 === 0 && w1 === 0 && w2 === 0xffff ? IpFlag.V4 : 0;
    this.ipToldUs[e] = Number.NEGATIVE_INFINITY;
    this.ipRivalHi[e] = 0;
    this.ipRivalLo[e] = 0;
    this.#ipNext[e] = this.#devIps[d];
    this.#devIps[d] = e;
    this.#ipTexts(d);
    return e;
  }

  dropIp(e: number): void {
    const d = this.ipDev[e];
    if (this.#devIps[d] === e) this.#devIps[d] = this.#ipNext[e];
    else {
      for (let x = this.#devIps[d]; x >= 0; x = this.#ipNext[x]) {
        if (this.#ipNext[x] === e) this.#ipNext[x] = this.#ipNext[e];
      }
    }
    this.#ipNext[e] = -1;
    this.ipDev[e] = -1;
    this.ips.remove(e);
    this.#ipTexts(d);
  }

  /** Everything a device holds goes to another one; what is too much leaves, as when it is added. */
  moveAll(from: number, into: number): void {
    while (this.#devMacs[from] >= 0) this.giveMac(this.#devMacs[from], into);
    const k = this.ips.key;
    while (this.#devIps[from] >= 0) {
      const e = this.#devIps[from];
      const [w0, w1, w2, w3] = [k[e * 4], k[e * 4 + 1], k[e * 4 + 2], k[e * 4 + 3]];
      const [hi, lo, last, flags] = [this.ipMacHi[e], this.ipMacLo[e], this.ipLastUs[e], this.ipFlags[e]];
      this.dropIp(e);
      const now = this.addIp(into, w0, w1, w2, w3, hi, lo, last);
      if (now >= 0) this.ipFlags[now] = flags;
    }
  }

  /** Everything a device holds leaves with it. */
  dropDevice(d: number): void {
    while (this.#devIps[d] >= 0) this.dropIp(this.#devIps[d]);
    while (this.#devMacs[d] >= 0) this.dropMac(this.#devMacs[d]);
  }

  /** Newest use among a device's IPv4 addresses, µs; −Infinity when it has none. */
  lastV4Us(d: number): number {
    let last = Number.NEGATIVE_INFINITY;
    for (let x = this.#devIps[d]; x >= 0; x = this.#ipNext[x]) {
      if ((this.ipFlags[x] & IpFlag.V4) !== 0 && this.ipLastUs[x] > last) last = this.ipLastUs[x];
    }
    return last;
  }

  /** True when one of a device's addresses was proven by ARP. */
  proven(d: number): boolean {
    for (let x = this.#devIps[d]; x >= 0; x = this.#ipNext[x]) {
      if ((this.ipFlags[x] & IpFlag.Proven) !== 0) return true;
    }
    return false;
  }

  ipText(e: number): string {
    const k = this.ips.key;
    return formatIp(k[e * 4], k[e * 4 + 1], k[e * 4 + 2], k[e * 4 + 3]);
  }

  macText(m: number): string {
    return formatMac(this.macs.key[m * 4], this.macs.key[m * 4 + 1]);
  }

  #ipTexts(d: number): void {
    const r = this.#table.records[d];
    if (r === undefined) return;
    r.addresses = [];
    r.changed = true;
    for (let x = this.#devIps[d]; x >= 0; x = this.#ipNext[x]) r.addresses.push(this.ipText(x));
  }

  #macTexts(d: number): void {
    const r = this.#table.records[d];
    if (r === undefined) return;
    r.macs = [];
    r.changed = true;
    for (let x = this.#devMacs[d]; x >= 0; x = this.#macNext[x]) r.macs.push(this.macText(x));
  }
}
