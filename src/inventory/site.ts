import type { Addresses } from './addresses.js';
import type { Identity } from './identity.js';
import type { SiteDevice, SiteFile } from './site-file.js';
import { DeviceFlag, type DeviceTable } from './table.js';
import type { Typing } from './typing.js';

/** The site file's word about devices: taken at the start, and again when the file has changed. */
export class SiteList {
  /** What the file says, by device id. */
  #listed = new Map<string, SiteDevice>();

  constructor(
    private readonly table: DeviceTable,
    private readonly addresses: Addresses,
    private readonly identity: Identity,
    private readonly typing: Typing,
  ) {}

  /**
   * Takes a file in the place of the one before: devices seen already keep their rows, flows and what was learned of them; who is listed
   * no longer is judged by evidence again. Null: there is no file.
   */
  take(site: SiteFile | null): void {
    const before = this.#listed;
    this.#listed = new Map();
    for (const entry of site?.devices ?? []) {
      let d = this.#known(entry);
      if (d < 0) d = this.identity.prepare(entry.macs, entry.ips, Number.NEGATIVE_INFINITY);
      else this.#addresses(d, entry);
      if (d >= 0) this.#say(d, entry);
    }
    for (const [id, entry] of before) {
      const d = this.#listed.has(id) ? -1 : this.table.byId(id);
      if (d >= 0) this.#takeBack(d, entry);
    }
  }

  /** The row that holds one of an entry's addresses; MACs first. */
  #known({ macs, ips }: SiteDevice): number {
    for (const [hi, lo] of macs) {
      const d = this.identity.byMac(hi, lo);
      if (d >= 0) return d;
    }
    for (const [w0, w1, w2, w3] of macs.length > 0 ? [] : ips) {
      const e = this.addresses.ips.find(w0, w1, w2, w3);
      if (e >= 0) return this.addresses.ipDev[e];
    }
    return -1;
  }

  /** Addresses of an entry that nobody has yet; those of others stay where the traffic has put them. */
  #addresses(d: number, { macs, ips }: SiteDevice): void {
    const a = this.addresses;
    for (const [hi, lo] of macs) {
      const m = this.identity.byMac(hi, lo) >= 0 ? -1 : a.mac(hi, lo, 0, false);
      if (m >= 0) a.giveMac(m, d);
    }
    const main = macs[0] ?? [0, 0];
    for (const [w0, w1, w2, w3] of ips) {
      if (a.ips.find(w0, w1, w2, w3) < 0) a.addIp(d, w0, w1, w2, w3, main[0], main[1], Number.NEGATIVE_INFINITY);
    }
  }

  #say(d: number, s: SiteDevice): void {
    const r = this.table.records[d]!;
    this.#listed.set(r.id, s);
    r.name = s.name;
    r.location = s.location;
    r.typePinned = true;
    r.evidence = [
      { source: 'site', value: `${s.type}: line ${s.line} of the site file`, weight: 1 },
      ...r.evidence.filter((e) => e.source !== 'site'),
    ];
    if (s.macs.length === 0) this.table.flags[d] |= DeviceFlag.SiteByIp;
    this.typing.setType(d, s.type, 1, s.criticality);
    r.changed = true;
  }

  #takeBack(d: number, s: SiteDevice): void {
    const r = this.table.records[d]!;
    if (r.name === s.name) r.name = null;
    if (r.location === s.location) r.location = null;
    r.evidence = r.evidence.filter((e) => e.source !== 'site');
    this.table.flags[d] &= ~DeviceFlag.SiteByIp;
    this.typing.unpin(d);
  }
}
