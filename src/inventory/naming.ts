import type { EvidenceField } from '../core/index.js';
import { makesModules } from './hints.js';
import type { DeviceRecord } from './table.js';

/** How far a source's word about the maker goes; a higher one replaces a lower one. */
const Rank = { None: 0, Module: 1, Cloud: 2, Interface: 3, Software: 4, Self: 5 } as const;
const SELF = ['upnp', 'mdns', 'lldp', 'dicom', 'snmp'];
/** A habit is one of a device's own once it was seen for this long. */
const SETTLED_US = 60_000_000;
const MAX_HABITS = 4;
const SAME_WORD = 4;

/** Names of a device and how well each is founded. */
export class Naming {
  #vendorRank: number = Rank.None;
  #modelRank = 0;
  #maker = '';
  #said = '';
  /** Values seen of a habit, and when the first of them was. */
  readonly #habits = new Map<string, { values: string[]; sinceUs: number }>();

  /** Takes a name into the record; true when the record changed. */
  name(r: DeviceRecord, source: string, field: EvidenceField, value: string): boolean {
    if (value === '') return false;
    switch (field) {
      case 'vendor':
        return this.#vendor(r, source, value);
      case 'cloud':
        return this.#vendor(r, 'cloud', value);
      case 'model': {
        const rank = SELF.includes(source) ? 2 : 1;
        // a longer word of the same worth is mostly a description
        if (rank < this.#modelRank || (rank === this.#modelRank && r.model !== null)) return false;
        this.#modelRank = rank;
        if (r.model === value) return false;
        r.model = value;
        return true;
      }
      case 'software':
        if (r.software !== null) return false;
        r.software = value;
        return true;
      case 'serial':
        if (r.serial === value) return false;
        r.serial = value;
        return true;
      case 'name': {
        if (r.hostname === value) return false;
        // a NetBIOS name is the same in capitals
        if (r.hostname !== null && r.hostname.toLowerCase() === value.toLowerCase()) return false;
        if (r.hostname !== null && source !== 'dhcp') return false;
        r.hostname = value;
        return true;
      }
      default:
        return false;
    }
  }

  #vendor(r: DeviceRecord, source: string, value: string): boolean {
    let rank: number = Rank.Software;
    if (source === 'oui') {
      this.#maker = value;
      rank = makesModules(value) ? Rank.Module : Rank.Interface;
    } else if (source === 'cloud') rank = Rank.Cloud;
    else {
      if (SELF.includes(source)) rank = Rank.Self;
      this.#said = value;
    }
    if (rank <= this.#vendorRank) return false;
    this.#vendorRank = rank;
    r.vendor = value;
    return true;
  }

  /** What a MAC's prefix and the device itself say of its maker, when they disagree; '' else. */
  contradiction(): string {
    if (this.#maker === '' || this.#said === '' || makesModules(this.#maker)) return '';
    const words = (t: string): string[] => t.toLowerCase().match(/[a-z0-9]{3,}/g) ?? [];
    const theirs = words(this.#said);
    const same = words(this.#maker).some((w) =>
      theirs.some((x) => x.startsWith(w.slice(0, SAME_WORD)) || w.startsWith(x.slice(0, SAME_WORD))),
    );
    return same ? '' : `interface by ${this.#maker}, calls itself ${this.#said}`;
  }

  /**
   * A value of a habit that comes with the software (order of DHCP options, class). Returns the value before when a device
   * that has kept to its own shows a new one, null else.
   */
  habit(what: string, value: string, tsUs: number): string | null {
    const h = this.#habits.get(what);
    if (h === undefined) {
      this.#habits.set(what, { values: [value], sinceUs: tsUs });
      return null;
    }
    if (h.values.includes(value)) return null;
    const before = h.values[h.values.length - 1];
    h.values.push(value);
    if (h.values.length > MAX_HABITS) h.values.shift();
    // a device that boots over the network shows two within seconds
    return tsUs - h.sinceUs >= SETTLED_US ? before : null;
  }
}
