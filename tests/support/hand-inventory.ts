import {
  type AppEvent,
  Counters,
  type Device,
  type IdentityEvent,
  settingsDefaults,
  Weirds,
} from '../../src/core/index.js';
import { createInventory, inventorySettings, readSiteFile } from '../../src/inventory/index.js';
import { type Hand, HandFlows, profiles, us } from './hand-packets.js';

type EventOf<K extends AppEvent['kind']> = Extract<AppEvent, { kind: K }>;

/** The inventory on packets and events made by hand. */
export class HandInventory {
  readonly flows = new HandFlows();
  readonly events: IdentityEvent[] = [];
  readonly counters = new Counters();
  readonly inventory;

  constructor(settings: object = {}, site = '') {
    this.inventory = createInventory({
      settings: settingsDefaults(inventorySettings, settings),
      profiles: profiles(),
      site: site === '' ? null : readSiteFile(site, 'site.csv').site,
      columns: this.flows.columns,
      identity: { identity: (ev) => void this.events.push({ ...ev }) },
      weirds: new Weirds(),
      counters: this.counters,
      seed: 42,
    });
  }

  /** Sends a packet; returns the sender's device. */
  send(h: Hand): number {
    const v = this.flows.packet(h);
    this.inventory.observe(v);
    return v.srcDev;
  }

  arp(at: number, op: number, mac: string, ip: string, target: string): number {
    const v = this.flows.arp(at, op, mac, ip, target);
    this.inventory.observe(v);
    return v.srcDev;
  }

  /** A flow both of whose ends have spoken; returns its slot. */
  talk(from: string, to: string, dport = 104): number {
    this.send({ at: 0, from, to, dport });
    this.send({ at: 0.1, from: to, to: from, sport: dport, dport: 40000 });
    this.send({ at: 0.2, from, to, dport });
    return this.flows.view.slot;
  }

  event<K extends AppEvent['kind']>(kind: K, flow: number, dir: 0 | 1, rest: Partial<EventOf<K>>, at = 1): void {
    this.inventory.event({ kind, dir, tsUs: us(at), flow, ...rest } as unknown as AppEvent);
  }

  id(d: number): string {
    return this.inventory.directory.get(d).id;
  }

  /** The device of an IPv4 text. */
  at(ip: string): Device {
    const w = ip.split('.').reduce((n, x) => (n << 8) | Number(x), 0);
    return this.inventory.directory.get(this.inventory.directory.byIp(0, 0, 0xffff, w));
  }
}
