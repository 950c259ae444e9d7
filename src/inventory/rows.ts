import { formatMac, type IdentityEvent, type IdentitySink } from '../core/index.js';
import type { Addresses } from './addresses.js';
import { DeviceFlag, type DeviceTable } from './table.js';

/** What the room does when rows come and go. */
export interface IdentityHooks extends IdentitySink {
  /** A row was made and has its addresses. */
  created(device: number, nowUs: number): void;
  /** A device's MAC carries the traffic of many addresses. */
  router(device: number): void;
  /** A row is about to leave. */
  evicted(device: number): void;
  /** No row could be made. */
  refused(): void;
}

/** Makes device rows, names them and tells of it. */
export class Rows {
  /** Address entry of the last attachment, −1 none. */
  entry = -1;
  readonly addresses: Addresses;
  readonly #table: DeviceTable;
  readonly #hooks: IdentityHooks;

  constructor(table: DeviceTable, addresses: Addresses, hooks: IdentityHooks) {
    this.#table = table;
    this.addresses = addresses;
    this.#hooks = hooks;
  }

  attach(d: number, w0: number, w1: number, w2: number, w3: number, hi: number, lo: number, now: number): number {
    this.entry = this.addresses.addIp(d, w0, w1, w2, w3, hi, lo, now);
    this.#table.touch(d, now);
    return d;
  }

  makeByIp(w0: number, w1: number, w2: number, w3: number, hi: number, lo: number, now: number): number {
    const d = this.row();
    if (d < 0) return -1;
    this.#table.flags[d] |= DeviceFlag.ByAddress;
    this.attach(d, w0, w1, w2, w3, hi, lo, now);
    this.#born(d, now);
    return d;
  }

  /** All address words zero: a device without an address yet. */
  makeByMac(hi: number, lo: number, w0: number, w1: number, w2: number, w3: number, now: number): number {
    const a = this.addresses;
    const d = this.row();
    if (d < 0) return -1;
    const m = a.mac(hi, lo, 0, false);
    if (m >= 0) a.giveMac(m, d);
    else this.#table.flags[d] |= DeviceFlag.ByAddress;
    if ((w0 | w1 | w2 | w3) !== 0) this.attach(d, w0, w1, w2, w3, hi, lo, now);
    else this.#table.touch(d, now);
    this.#born(d, now);
    return d;
  }

  row(): number {
    const t = this.#table;
    let d = t.add();
    if (d < 0 && t.oldest >= 0) {
      const old = t.oldest;
      this.#hooks.evicted(old);
      this.addresses.dropDevice(old);
      t.remove(old);
      d = t.add();
    }
    if (d < 0) this.#hooks.refused();
    return d;
  }

  #born(d: number, now: number): void {
    this.nameRow(d);
    const e = this.addresses.firstIp(d);
    const m = this.addresses.firstMac(d);
    this.#hooks.created(d, now);
    const mac = m < 0 ? '' : this.addresses.macText(m);
    this.tell('device.new', d, now, e < 0 ? '' : this.addresses.ipText(e), mac, '', false, false, d);
  }

  /** The device is network gear: it carries others' traffic. */
  router(d: number): void {
    this.#hooks.router(d);
  }

  nameRow(d: number): void {
    const a = this.addresses;
    const m = a.firstMac(d);
    const e = a.firstIp(d);
    const byMac = m >= 0 && (this.#table.flags[d] & DeviceFlag.ByAddress) === 0;
    if (byMac) this.#table.setId(d, `mac-${a.macText(m).replaceAll(':', '')}`);
    else if (e >= 0) this.#table.setId(d, `ip-${a.ipText(e).replace(/[.:]/g, '-')}`);
  }

  /** Tells of an ARP announcement nobody asked for. */
  tellArp(d: number, hi: number, lo: number, ip: number, now: number): void {
    const text = `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
    this.tell('arp.gratuitous', d, now, text, formatMac(hi, lo), '', false, true, d);
  }

  tell(
    kind: IdentityEvent['kind'],
    device: number,
    tsUs: number,
    ip: string,
    mac: string,
    oldMac: string,
    oldAlive: boolean,
    byArp: boolean,
    claimant: number,
    passedOn = false,
  ): void {
    this.#hooks.identity({ kind, device, tsUs, ip, mac, oldMac, oldAlive, byArp, claimant, passedOn });
  }
}
