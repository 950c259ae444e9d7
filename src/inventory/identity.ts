import { formatMac, type PacketView } from '../core/index.js';
import { type Addresses, FAN, IpFlag, MacFlag, VLANS } from './addresses.js';
import { identifies, isVirtual } from './mac.js';
import { isLinkLocal6, isUnicast, isV4, passedRouter, type SiteNetworks } from './networks.js';
import { type IdentityHooks, Rows } from './rows.js';
import { DeviceFlag, type DeviceTable } from './table.js';

/** 224.0.0.0/24 (RFC 5771 4) and the limited broadcast never leave their segment. */
const toSegment = (dst: number): boolean => dst === -1 || dst >>> 8 === 0xe00000;

const ARP_TELL_US = 1_000_000;
const TELL_US = 10_000_000;

export interface IdentityLimits {
  readonly routerFanIn: number;
  readonly routerWindowUs: number;
  readonly readdressIdleUs: number;
  readonly aliveWindowUs: number;
}

/**
 * Decides which device a packet's sender is. An address that is known says it; else the MAC does, unless it is a
 * router's (it carries several sources at the same time, or external ones) or a virtual one; else a device is made.
 * Only senders make devices: a scan of empty addresses makes none.
 */
export class Identity {
  readonly addresses: Addresses;
  readonly #table: DeviceTable;
  readonly #networks: SiteNetworks;
  readonly #limits: IdentityLimits;
  readonly #rows: Rows;
  /** Address entry the last answer rests on, −1 none. */
  get entry(): number {
    return this.#rows.entry;
  }
  /** The last sender was outside the site. */
  external = false;

  constructor(
    table: DeviceTable,
    addresses: Addresses,
    networks: SiteNetworks,
    limits: IdentityLimits,
    hooks: IdentityHooks,
  ) {
    this.#table = table;
    this.addresses = addresses;
    this.#networks = networks;
    this.#limits = limits;
    this.#rows = new Rows(table, addresses, hooks);
  }

  /** Device that sent an IP packet, −1 when it has none; sets `entry` and `external`. */
  sender(v: PacketView): number {
    const a = this.addresses;
    const now = v.tsUs;
    const { src0, src1, src2, src3, srcMacHi: hi, srcMacLo: lo } = v;
    this.#rows.entry = -1;
    this.external = false;
    const loopback = src2 === 0xffff && src0 === 0 && src3 >>> 24 === 127;
    const hasMac = v.hasMac && !loopback && identifies(hi, lo);
    if (!this.#networks.has(src0, src1, src2, src3)) {
      const blank = (src0 | src1 | src3) === 0 && (src2 === 0xffff || src2 === 0);
      if (blank) return hasMac ? this.#blank(hi, lo, now) : -1;
      this.external = true;
      if (hasMac && isUnicast(src0, src1, src2, src3)) this.#carries(src3, now, hi, lo);
      return -1;
    }
    const m = hasMac ? a.findMac(hi, lo) : -1;
    if (m >= 0 && v.vlan >= 0) this.#vlan(m, v.vlan, now);
    const routed = passedRouter(v.ttl);
    const e = a.ips.find(src0, src1, src2, src3);
    if (e >= 0) return this.#known(e, m, hasMac, hi, lo, routed, now, v.duplicate);
    if (!hasMac) return this.#rows.makeByIp(src0, src1, src2, src3, 0, 0, now);
    const v4 = isV4(src0, src1, src2);
    const infra = isVirtual(hi, lo) || (m >= 0 && (a.macFlags[m] & MacFlag.Router) !== 0);
    if (infra) return this.#rows.makeByIp(src0, src1, src2, src3, hi, lo, now);
    const d = m < 0 ? -1 : a.macDev[m];
    if (routed && !isLinkLocal6(src0)) {
      const made = this.#rows.makeByIp(src0, src1, src2, src3, hi, lo, now);
      if (v4) this.#carries(src3, now, hi, lo);
      return made;
    }
    if (d < 0) return this.#rows.makeByMac(hi, lo, src0, src1, src2, src3, now);
    // what no router passes on was sent by the owner of the MAC, whatever address it gives (a factory setting, mostly)
    if (!v4 || toSegment(v.dst3) || this.#readdressed(d, m, now))
      return this.#rows.attach(d, src0, src1, src2, src3, hi, lo, now);
    const made = this.#rows.makeByIp(src0, src1, src2, src3, hi, lo, now);
    this.#carries(src3, now, hi, lo);
    return made;
  }

  /** Device holding a site address, −1 none; sets `entry` and `external`. */
  holder(w0: number, w1: number, w2: number, w3: number): number {
    this.external = false;
    const e = (this.#rows.entry = this.addresses.ips.find(w0, w1, w2, w3));
    if (e >= 0) return this.addresses.ipDev[e];
    this.external = !this.#networks.has(w0, w1, w2, w3);
    return -1;
  }

  /** Device that sent a neighbour's announcement (LLDP, CDP): made when new, for who announces himself is there. */
  neighbour(hi: number, lo: number, now: number): number {
    if (!identifies(hi, lo) || isVirtual(hi, lo)) return -1;
    const d = this.byMac(hi, lo);
    if (d < 0) return this.#rows.makeByMac(hi, lo, 0, 0, 0, 0, now);
    this.#table.touch(d, now);
    return d;
  }

  /** Device of a MAC, −1 none. */
  byMac(hi: number, lo: number): number {
    const m = this.addresses.findMac(hi, lo);
    return m < 0 ? -1 : this.addresses.macDev[m];
  }

  /**
   * An ARP sender says that it holds an IPv4 address (RFC 826). ARP does not cross routers, so this is proof of being
   * on the segment, and a contradiction is worth telling. Returns the sender's device.
   */
  arpClaim(hi: number, lo: number, ip: number, now: number): number {
    this.#rows.entry = -1;
    if (!identifies(hi, lo)) return -1;
    const a = this.addresses;
    if (ip === 0) return this.#blank(hi, lo, now);
    if (!this.#networks.has(0, 0, 0xffff, ip)) return this.byMac(hi, lo);
    const m = a.findMac(hi, lo);
    const infra = isVirtual(hi, lo) || (m >= 0 && (a.macFlags[m] & MacFlag.Router) !== 0);
    const e = a.ips.find(0, 0, 0xffff, ip);
    if (e < 0) {
      const d = m < 0 ? -1 : a.macDev[m];
      const made = infra
        ? this.#rows.makeByIp(0, 0, 0xffff, ip, hi, lo, now)
        : d >= 0
          ? this.#rows.attach(d, 0, 0, 0xffff, ip, hi, lo, now)
          : this.#rows.makeByMac(hi, lo, 0, 0, 0xffff, ip, now);
      if (this.entry >= 0) a.ipFlags[this.entry] |= IpFlag.Proven;
      if (infra && made >= 0) this.#rows.router(made);
      return made;
    }
    this.#rows.entry = e;
    if (a.ipMacHi[e] === hi && a.ipMacLo[e] === lo) {
      a.ipFlags[e] |= IpFlag.Proven;
      a.ipLastUs[e] = now;
      if (infra) this.#rows.router(a.ipDev[e]);
      this.#adopt(e, hi, lo, infra);
      this.#table.touch(a.ipDev[e], now);
      return a.ipDev[e];
    }
    if ((a.ipMacHi[e] | a.ipMacLo[e]) === 0) {
      a.ipFlags[e] |= IpFlag.Proven;
      return this.#known(e, m, true, hi, lo, false, now);
    }
    return this.#claimed(e, hi, lo, now, true);
  }

  /** Rows and addresses for a device known beforehand (site file, import). Returns its index, −1 when full. */
  prepare(
    macs: readonly (readonly [number, number])[],
    ips: readonly (readonly [number, number, number, number])[],
    nowUs: number,
  ): number {
    const a = this.addresses;
    const d = this.#rows.row();
    if (d < 0) return -1;
    for (const [hi, lo] of macs) {
      const m = identifies(hi, lo) ? a.mac(hi, lo, isVirtual(hi, lo) ? MacFlag.Virtual : 0, false) : -1;
      if (m >= 0) a.giveMac(m, d);
    }
    const main = macs[0] ?? [0, 0];
    for (const [w0, w1, w2, w3] of ips) {
      const have = a.ips.find(w0, w1, w2, w3);
      if (have >= 0) a.dropIp(have);
      a.addIp(d, w0, w1, w2, w3, main[0], main[1], nowUs);
    }
    if (macs.length === 0) this.#table.flags[d] |= DeviceFlag.ByAddress;
    this.#rows.nameRow(d);
    return d;
  }

  /** A packet without a source address (DHCP, ARP probe): the MAC says who; a new address may follow. */
  #blank(hi: number, lo: number, now: number): number {
    if (isVirtual(hi, lo)) return -1;
    const a = this.addresses;
    let m = a.findMac(hi, lo);
    if (m < 0 || (a.macDev[m] < 0 && (a.macFlags[m] & MacFlag.Router) === 0)) {
      const d = this.#rows.makeByMac(hi, lo, 0, 0, 0, 0, now);
      if (d < 0) return -1;
      m = a.findMac(hi, lo);
    }
    if (m < 0) return -1;
    a.macBlankUs[m] = now;
    if (a.macDev[m] >= 0) this.#table.touch(a.macDev[m], now);
    return a.macDev[m];
  }

  #known(
    e: number,
    m: number,
    hasMac: boolean,
    hi: number,
    lo: number,
    routed: boolean,
    now: number,
    copy = false,
  ): number {
    const a = this.addresses;
    const d = a.ipDev[e];
    this.#rows.entry = e;
    if (!hasMac || (a.ipMacHi[e] === hi && a.ipMacLo[e] === lo)) {
      a.ipLastUs[e] = now;
      this.#table.touch(d, now);
      return d;
    }
    const infra = isVirtual(hi, lo) || (m >= 0 && (a.macFlags[m] & MacFlag.Router) !== 0);
    if ((a.ipMacHi[e] | a.ipMacLo[e]) === 0) {
      a.ipMacHi[e] = hi;
      a.ipMacLo[e] = lo;
      a.ipLastUs[e] = now;
      this.#adopt(e, hi, lo, infra || routed);
      this.#table.touch(d, now);
      return d;
    }
    // known by routed packets only and now seen on its own segment: this is its MAC
    if (!infra && !routed && a.firstMac(d) < 0 && (m < 0 || a.macDev[m] < 0)) {
      a.ipMacHi[e] = hi;
      a.ipMacLo[e] = lo;
      a.ipLastUs[e] = now;
      this.#adopt(e, hi, lo, false);
      this.#table.touch(d, now);
      return d;
    }
    // the same packet seen again after or before a router, or a second router: no claim
    const ownerM = a.findMac(a.ipMacHi[e], a.ipMacLo[e]);
    const ownerInfra =
      isVirtual(a.ipMacHi[e], a.ipMacLo[e]) || (ownerM >= 0 && (a.macFlags[ownerM] & MacFlag.Router) !== 0);
    if (infra || ownerInfra || routed) {
      a.ipLastUs[e] = now;
      this.#table.touch(d, now);
      return d;
    }
    return this.#claimed(e, hi, lo, now, false, copy);
  }

  /** Another MAC uses or claims an address that has an owner. */
  #claimed(e: number, hi: number, lo: number, now: number, byArp: boolean, copy = false): number {
    const a = this.addresses;
    const owner = a.ipDev[e];
    const alive = now - a.ipLastUs[e] <= this.#limits.aliveWindowUs;
    const again = a.ipRivalHi[e] === hi && a.ipRivalLo[e] === lo;
    const tell = !again || now - a.ipToldUs[e] >= (byArp ? ARP_TELL_US : TELL_US);
    const ip = a.ipText(e);
    const oldMac = formatMac(a.ipMacHi[e], a.ipMacLo[e]);
    a.ipRivalHi[e] = hi;
    a.ipRivalLo[e] = lo;
    let rival = this.byMac(hi, lo);
    const infra = isVirtual(hi, lo);
    const movable = !alive && (this.#table.flags[owner] & DeviceFlag.SiteByIp) === 0;
    if (rival < 0 && !infra && (byArp || movable)) rival = this.#rows.makeByMac(hi, lo, 0, 0, 0, 0, now);
    if (tell && a.ipDev[e] === owner) {
      a.ipToldUs[e] = now;
      this.#rows.tell('ip.moved', owner, now, ip, formatMac(hi, lo), oldMac, alive, byArp, rival, copy);
    }
    if (a.ipDev[e] !== owner) return rival; // making room let the owner go
    if (!alive) {
      if (movable && rival >= 0) {
        const k = e * 4;
        const [w0, w1, w2, w3] = a.ips.key.subarray(k, k + 4);
        a.dropIp(e);
        const d = this.#rows.attach(rival, w0, w1, w2, w3, hi, lo, now);
        if (byArp && this.entry >= 0) a.ipFlags[this.entry] |= IpFlag.Proven;
        return d;
      }
      a.ipMacHi[e] = hi;
      a.ipMacLo[e] = lo;
      a.ipLastUs[e] = now;
      this.#rows.entry = e;
      this.#table.touch(owner, now);
      return owner;
    }
    // contested: packets still belong to the holder of the address, ARP to the one who sent it
    this.#rows.entry = -1;
    if (!byArp) return owner;
    if (rival >= 0) this.#table.touch(rival, now);
    return rival;
  }

  /** A device known by address only gets the MAC it is seen with, when that MAC can be its own. */
  #adopt(e: number, hi: number, lo: number, foreign: boolean): void {
    const a = this.addresses;
    const d = a.ipDev[e];
    if (foreign || a.firstMac(d) >= 0) return;
    const m = a.mac(hi, lo, 0, false);
    if (m < 0 || a.macDev[m] >= 0) return;
    a.giveMac(m, d);
    this.#table.flags[d] &= ~DeviceFlag.ByAddress;
  }

  /** A MAC without a live IPv4 address shows one: the same device, unless the operator knows it by address. */
  #readdressed(d: number, m: number, now: number): boolean {
    const a = this.addresses;
    const last = a.lastV4Us(d);
    if (last === Number.NEGATIVE_INFINITY) return true;
    const asked = now - a.macBlankUs[m] <= this.#limits.readdressIdleUs && a.macBlankUs[m] > last;
    if (asked) return true;
    return now - last >= this.#limits.readdressIdleUs && (this.#table.flags[d] & DeviceFlag.SiteByIp) === 0;
  }

  /** Notes that a MAC carried a source; enough different ones at the same time make it a router's. */
  #carries(ip: number, now: number, hi: number, lo: number): void {
    if (isVirtual(hi, lo)) return;
    const a = this.addresses;
    const m = a.mac(hi, lo, 0, true);
    if (m < 0 || (a.macFlags[m] & MacFlag.Router) !== 0) return;
    const from = m * FAN;
    let place = from;
    let live = 0;
    let seen = false;
    for (let i = from; i < from + FAN; i++) {
      if (now - a.fanUs[i] > this.#limits.routerWindowUs) {
        place = i;
        continue;
      }
      live++;
      if (a.fanIp[i] === ip) {
        a.fanUs[i] = now;
        seen = true;
      }
    }
    if (!seen) {
      a.fanIp[place] = ip;
      a.fanUs[place] = now;
      live++;
    }
    const d = a.macDev[m];
    if (d >= 0 && now - a.lastV4Us(d) <= this.#limits.routerWindowUs) live++;
    if (live < this.#limits.routerFanIn) return;
    a.macFlags[m] |= MacFlag.Router;
    if (d >= 0 && a.proven(d)) this.#rows.router(d);
    if (d < 0 || a.proven(d) || a.firstIp(d) < 0 || (this.#table.flags[d] & DeviceFlag.Kept) !== 0) return;
    // the device that lent its name to this MAC was only the first host behind the router
    a.takeMac(m);
    this.#table.flags[d] |= DeviceFlag.ByAddress;
    this.#rows.nameRow(d);
  }

  #vlan(m: number, vlan: number, now: number): void {
    const a = this.addresses;
    const from = m * VLANS;
    let empty = -1;
    for (let i = from + VLANS - 1; i >= from; i--) {
      if (a.macVlans[i] === vlan) return;
      if (a.macVlans[i] < 0) empty = i;
    }
    const first = empty === from;
    a.macVlans[empty < 0 ? from + (vlan % VLANS) : empty] = vlan;
    if (first || a.macFlags[m] !== 0 || a.macDev[m] < 0 || now - a.macToldUs[m] < TELL_US) return;
    a.macToldUs[m] = now;
    const e = a.firstIp(a.macDev[m]);
    const mac = a.macText(m);
    this.#rows.tell('mac.moved', a.macDev[m], now, e < 0 ? '' : a.ipText(e), mac, mac, true, false, a.macDev[m]);
  }

  /** Tells of an ARP announcement nobody asked for. */
  tellArp(d: number, hi: number, lo: number, ip: number, now: number): void {
    this.#rows.tellArp(d, hi, lo, ip, now);
  }
}
