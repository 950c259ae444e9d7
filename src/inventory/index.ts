import {
  type AppEvent,
  type Counters,
  type Device,
  type DeviceDirectory,
  type FlowColumns,
  type IdentityEvent,
  type IdentitySink,
  type InventoryChanges,
  IpProto,
  LinkType,
  type OperatorWord,
  type PacketView,
  type Peer,
  type Profile,
  parseIp,
  parseMac,
  type SettingsOf,
  type Weirds,
} from '../core/index.js';
import { Addresses } from './addresses.js';
import { ArpRequests } from './arp.js';
import { Conversations } from './conversations.js';
import { CriticalityRanks } from './criticality.js';
import { Handover } from './handover.js';
import { Identity } from './identity.js';
import { makers } from './makers.js';
import { SiteNetworks } from './networks.js';
import { Operator } from './operator.js';
import type { inventorySettings } from './settings.js';
import { SiteList } from './site.js';
import type { SiteFile } from './site-file.js';
import { DeviceFlag, DeviceTable } from './table.js';
import { Typing } from './typing.js';

export { inventorySettings } from './settings.js';
export { csvFields, readSiteFile, type SiteDevice, type SiteFile } from './site-file.js';

const S_US = 1_000_000;
/** IntelliVue data export (wire.md: IANA philips-vitals): data port and connect-indication port. */
const VITALS_PORT = 24105;
const VITALS_HELLO_PORT = 24005;
/** Device classes that move bulk data and can wait: imaging, archives, workstations. */
const BULK: readonly Profile['deviceClass'][] = ['IM', 'PA', 'WS'];
const NO_ENTRY = -1;
const EXTERNAL = -2;

export interface InventoryOptions {
  readonly settings: SettingsOf<typeof inventorySettings>;
  readonly profiles: readonly Profile[];
  readonly site: SiteFile | null;
  readonly columns: FlowColumns;
  readonly identity: IdentitySink;
  readonly weirds: Weirds;
  readonly counters: Counters;
  /** Seed of the table hashes. */
  readonly seed: number;
}

/** Names the devices at both ends of every packet. */
export class Inventory {
  readonly directory: DeviceDirectory;
  readonly criticality: CriticalityRanks;
  readonly #table: DeviceTable;
  readonly #addresses: Addresses;
  readonly #networks: SiteNetworks;
  readonly #identity: Identity;
  readonly #typing: Typing;
  readonly #arp: ArpRequests;
  readonly #operator: Operator;
  readonly #site: SiteList;
  readonly #conversations: Conversations;
  readonly #handover: Handover;
  readonly #columns: FlowColumns;
  readonly #profiles: readonly Profile[];
  readonly #counters: Counters;
  readonly #gauge: number;
  readonly #patientUs: number;
  #nowUs = 0;
  /** Per flow side: address entry the answer rests on, and its generation then. */
  readonly #entry: Int32Array;
  readonly #gen: Uint32Array;

  constructor(o: InventoryOptions) {
    const s = o.settings;
    this.#columns = o.columns;
    this.#profiles = o.profiles;
    this.#counters = o.counters;
    this.#table = new DeviceTable(s.max_devices);
    this.criticality = new CriticalityRanks(this.#table);
    this.#addresses = new Addresses(this.#table, s.max_addresses_per_device, s.max_macs_per_device, o.seed);
    this.#networks = new SiteNetworks(s.networks);
    this.#patientUs = s.patient_timeout_s * S_US;
    this.#typing = new Typing(
      this.#table,
      o.columns,
      o.profiles,
      s.min_type_confidence,
      (d, tsUs, what, before, after) => this.#fingerprint(o.identity, d, tsUs, what, before, after),
    );
    const table = makers();
    this.#addresses.onMac = (d, hi, lo) => {
      const maker = table.of(hi, lo);
      if (maker !== null && this.#table.records[d] !== undefined) this.#typing.maker(d, maker);
    };
    this.#arp = new ArpRequests();
    this.#conversations = new Conversations(o.columns, this.#table, this.#networks, s.max_conversations);
    this.#handover = new Handover(this.#table, (d) => this.#record(d));
    this.#entry = new Int32Array(o.columns.capacity * 2).fill(NO_ENTRY);
    this.#gen = new Uint32Array(o.columns.capacity * 2);
    const c = o.counters;
    const text = 'Device rows made, and rows that left or could not be made because the table was full.';
    const created = c.define('counter', 'wardwire_devices_total', text, { what: 'created' });
    const evicted = c.define('counter', 'wardwire_devices_total', text, { what: 'evicted' });
    const refused = c.define('counter', 'wardwire_devices_total', text, { what: 'refused' });
    this.#gauge = c.define('gauge', 'wardwire_devices', 'Devices in the table.');
    this.#identity = new Identity(
      this.#table,
      this.#addresses,
      this.#networks,
      {
        routerFanIn: s.router_fan_in,
        routerWindowUs: s.router_window_s * S_US,
        readdressIdleUs: s.readdress_idle_s * S_US,
        aliveWindowUs: s.alive_window_s * S_US,
      },
      {
        identity: (ev: IdentityEvent) => o.identity.identity(ev),
        created: (d) => {
          c.values[created]++;
          if (this.#table.records[d]!.evidence.length === 0) this.#typing.setType(d, 'unknown', 0, null);
          this.#operator.born(d);
        },
        router: (d) => this.#typing.router(d),
        evicted: (d) => {
          c.values[evicted]++;
          this.#left(d);
        },
        refused: () => {
          c.values[refused]++;
        },
      },
    );
    this.#operator = new Operator(this.#table, this.#addresses, this.#typing, (d) => this.#left(d));
    this.#site = new SiteList(this.#table, this.#addresses, this.#identity, this.#typing);
    this.#site.take(o.site);
    this.directory = this.#makeDirectory();
  }

  /**
   * Sets `view.srcDev`, `view.dstDev` and the flow's device columns. Call after `flow.track`. Two table reads a side
   * when the flow has been resolved before.
   */
  observe(view: PacketView): void {
    if (view.ipVersion === 0) {
      if (view.arpOp !== 0) this.#observeArp(view);
      else if (view.hasMac) {
        view.srcDev =
          view.etherType === LinkType.Lldp || view.etherType === LinkType.Cdp
            ? this.#identity.neighbour(view.srcMacHi, view.srcMacLo, view.tsUs)
            : this.#identity.byMac(view.srcMacHi, view.srcMacLo);
        view.dstDev = this.#identity.byMac(view.dstMacHi, view.dstMacLo);
      }
      return;
    }
    const slot = view.slot;
    if (slot < 0) {
      view.srcDev = this.#identity.sender(view);
      view.dstDev = this.#identity.holder(view.dst0, view.dst1, view.dst2, view.dst3);
      return;
    }
    const s = 2 * slot + view.dir;
    const d = 2 * slot + 1 - view.dir;
    const device = this.#columns.device;
    if (view.newFlow) {
      this.#entry[s] = this.#entry[d] = NO_ENTRY;
      device[s] = device[d] = -1;
    }
    const a = this.#addresses;
    const e = this.#entry[s];
    if (
      e >= 0 &&
      a.ips.gen[e] === this.#gen[s] &&
      (!view.hasMac || (a.ipMacLo[e] === view.srcMacLo && a.ipMacHi[e] === view.srcMacHi))
    ) {
      const dev = a.ipDev[e];
      a.ipLastUs[e] = view.tsUs;
      this.#table.touch(dev, view.tsUs);
      view.srcDev = device[s] = dev;
    } else if (e === EXTERNAL) view.srcDev = -1;
    else this.#resolveSource(view, s);

    const f = this.#entry[d];
    if (f >= 0 && a.ips.gen[f] === this.#gen[d]) view.dstDev = device[d] = a.ipDev[f];
    else if (f === EXTERNAL) view.dstDev = -1;
    else {
      const dev = this.#identity.holder(view.dst0, view.dst1, view.dst2, view.dst3);
      view.dstDev = device[d] = dev;
      this.#remember(d);
    }
  }

  /** A flow began: call after `observe` of its first packet. */
  flowOpened = (slot: number): void => this.#conversations.flowOpened(slot);

  /** A flow is about to leave its slot. */
  flowClosed(slot: number): void {
    this.#conversations.flowClosed(slot);
  }

  /** Evidence from what devices say. */
  event(ev: AppEvent): void {
    this.#typing.event(ev);
    this.#conversations.event(ev);
  }

  /** Event time moves: the gauge and the patient-connected state are brought up to date. */
  tick(nowUs: number): void {
    this.#nowUs = nowUs;
    this.#counters.values[this.#gauge] = this.#table.used;
    this.#operator.tick();
  }

  /** The operator's words about devices by id, and which rows are one device; replaces what was said before. */
  operator(entries: readonly OperatorWord[]): void {
    this.#operator.set(entries);
  }

  /** The site file was changed: its word from now on; the operator's stays above it. */
  site(site: SiteFile | null): void {
    this.#site.take(site);
    this.#operator.again();
  }

  /**
   * What is new since the last call: devices and conversations (at most `max` of each, the rest comes next time), and ids that left.
   */
  changes(nowUs: number, max: number): InventoryChanges<Device> {
    return { ...this.#handover.changes(nowUs, max), conversations: this.#conversations.take(max) };
  }

  /** What other sensor processes know of devices that are peers here: another's word on a type is a clue beside what was seen. */
  peers(peers: readonly Peer[]): void {
    for (const p of peers) {
      const d = this.#table.byId(p.id);
      if (d >= 0 && p.patientConnected) this.#table.patientUs[d] = this.#nowUs;
      if (d >= 0 && !this.#table.records[d]!.typePinned) this.#typing.remember(d, p.type, p.typeConfidence);
    }
  }

  /** Number of devices by type, for metrics. */
  countByType(): Record<string, number> {
    const out: Record<string, number> = {};
    for (const r of this.#table.records) if (r !== undefined) out[r.type] = (out[r.type] ?? 0) + 1;
    return out;
  }

  /**
   * Addresses of devices whose traffic among each other may wait under load: known to be imaging, archive or office.
   * Life-critical devices, monitors, interface engines and unknown ones are never among them.
   */
  bulkAddresses(): string[] {
    const out: string[] = [];
    for (let d = 0; d < this.#table.high; d++) {
      const r = this.#table.records[d];
      if (r === undefined || r.type === 'unknown') continue;
      if (BULK.includes(this.#profiles[this.#table.profile[d]]?.deviceClass ?? 'LC')) out.push(...r.addresses);
    }
    return out;
  }

  /** Plain copies of all records, oldest row first. */
  exportDevices(): Device[] {
    return this.#handover.all();
  }

  /** Brings back devices of a former run; devices whose id is known already are left alone. Returns how many came. */
  importDevices(devices: readonly Device[]): number {
    let n = 0;
    for (const old of devices) {
      if (this.#table.byId(old.id) >= 0) continue;
      const macs = old.macs.map(parseMac).filter((m) => m !== null);
      const ips = old.addresses
        .map(parseIp)
        .filter((p) => p !== null)
        .reverse();
      if (macs.some(([hi, lo]) => this.#identity.byMac(hi, lo) >= 0)) continue;
      const d = this.#identity.prepare(macs, ips, old.lastUs);
      if (d < 0) break;
      n++;
      const r = this.#table.records[d]!;
      this.#table.setId(d, old.id);
      r.name = old.name;
      r.location = old.location;
      r.vendor ??= old.vendor;
      r.model = old.model;
      r.software = old.software ?? null;
      r.serial = old.serial ?? null;
      r.hostname = old.hostname ?? null;
      if (r.evidence.length === 0) this.#typing.setType(d, 'unknown', 0, null);
      this.#operator.born(d);
      // a pin lives in the site file only: what the file no longer lists is judged by evidence again
      if (!old.typePinned) this.#typing.remember(d, old.type, old.typeConfidence);
      this.#table.firstUs[d] = old.firstUs;
      this.#table.lastUs[d] = old.lastUs;
    }
    return n;
  }

  #resolveSource(view: PacketView, side: number): void {
    const dev = this.#identity.sender(view);
    view.srcDev = this.#columns.device[side] = dev;
    this.#remember(side);
    if (view.ipProto !== IpProto.Udp || dev < 0) return;
    const hello = view.dstPort === VITALS_HELLO_PORT && view.dst3 === -1;
    if (hello || (view.srcPort === VITALS_PORT && view.dstPort !== VITALS_PORT && view.dir === 1))
      this.#typing.vitals(dev);
  }

  #remember(side: number): void {
    const e = this.#identity.entry;
    this.#entry[side] = e >= 0 ? e : this.#identity.external ? EXTERNAL : NO_ENTRY;
    if (e >= 0) this.#gen[side] = this.#addresses.ips.gen[e];
  }

  /** ARP (RFC 826): every sender claims its own pair, except in a probe (RFC 5227, sender address zero). */
  #observeArp(v: PacketView): void {
    const now = v.tsUs;
    const unasked = this.#arp.unasked(v.arpOp, v.arpSpa, v.arpTpa, now);
    const d = this.#identity.arpClaim(v.arpShaHi, v.arpShaLo, v.arpSpa, now);
    v.srcDev = d;
    v.dstDev = this.#identity.byMac(v.dstMacHi, v.dstMacLo);
    if (unasked && d >= 0) this.#identity.tellArp(d, v.arpShaHi, v.arpShaLo, v.arpSpa, now);
  }

  /** A row is about to leave. */
  #left(d: number): void {
    this.#handover.left(d);
    this.#typing.forget(d);
  }

  #fingerprint(sink: IdentitySink, d: number, tsUs: number, what: string, before: string, after: string): void {
    const r = this.#table.records[d]!;
    sink.identity({
      kind: 'fingerprint.changed',
      device: d,
      tsUs,
      ip: r.addresses[0] ?? '',
      mac: r.macs[0] ?? '',
      oldMac: '',
      oldAlive: true,
      byArp: false,
      claimant: -1,
      change: { what, before, after },
    });
  }

  #record(d: number): Device {
    const r = this.#table.records[d];
    if (r === undefined) throw new RangeError(`no device ${d}`);
    r.firstUs = this.#table.firstUs[d];
    r.lastUs = this.#table.lastUs[d];
    r.patientConnected = this.#patient(d);
    return r;
  }

  /** Vital-sign or therapy messages within the time-out; a vitals exporter counts by any packet it sends. */
  #patient(d: number): boolean {
    const vitals = (this.#table.flags[d] & DeviceFlag.Vitals) !== 0;
    const last = vitals ? this.#table.lastUs[d] : this.#table.patientUs[d];
    return this.#nowUs - last <= this.#patientUs;
  }

  #makeDirectory(): DeviceDirectory {
    const t = this.#table;
    const a = this.#addresses;
    const networks = this.#networks;
    return {
      get size() {
        return t.used;
      },
      get: (d) => this.#record(d),
      firstUs: (d) => t.firstUs[d],
      lastUs: (d) => t.lastUs[d],
      profileOf: (d) => t.profile[d],
      patientConnected: (d) => this.#patient(d),
      isSite: (w0, w1, w2, w3) => networks.has(w0, w1, w2, w3),
      byIp: (w0, w1, w2, w3) => {
        const e = a.ips.find(w0, w1, w2, w3);
        return e < 0 ? -1 : a.ipDev[e];
      },
    };
  }
}

/** The device inventory of a sensor. */
export function createInventory(options: InventoryOptions): Inventory {
  return new Inventory(options);
}
