import {
  type AppEvent,
  Counters,
  type DeviceDirectory,
  FlowEnd,
  type Learned,
  Novelty,
  parseIp,
  settingsDefaults,
} from '../../src/core/index.js';
import { createFeatures, FEATURES, featuresSettings } from '../../src/features/index.js';
import { type Hand, HandFlows, us } from './hand-packets.js';

/** Learned sets as plain as can be: learning until told otherwise. */
export class HandLearned implements Learned {
  on = true;
  readonly sets = new Set<string>();
  learning(): boolean {
    return this.on;
  }
  observe(set: number, device: number, key: number): Novelty {
    if (this.knows(set, device, key)) return Novelty.Known;
    if (!this.on) return Novelty.New;
    this.sets.add(`${set}/${device}/${key}`);
    return Novelty.Learned;
  }
  knows(set: number, device: number, key: number): boolean {
    return this.sets.has(`${set}/${device}/${key}`);
  }
  size(): number {
    return this.sets.size;
  }
}

type EventOf<K extends AppEvent['kind']> = Extract<AppEvent, { kind: K }>;

/** The feature room on packets and events made by hand. Devices are the 10/8 addresses given, in that order. */
export class HandFeatures {
  readonly flows = new HandFlows();
  readonly learned = new HandLearned();
  readonly features;
  readonly devices: readonly string[];

  constructor(devices: readonly string[], settings: object = {}, criticality = 'high') {
    this.devices = devices;
    const directory = {
      size: devices.length,
      get: () => ({ criticality }),
      isSite: (w0: number, w1: number, w2: number, w3: number) => (w0 | w1) === 0 && w2 === 0xffff && w3 >>> 24 === 10,
    } as unknown as DeviceDirectory;
    this.features = createFeatures({
      settings: settingsDefaults(featuresSettings, settings),
      columns: this.flows.columns,
      directory,
      learned: this.learned,
      counters: new Counters(),
      seed: 7,
    });
  }

  #device(ip: string): number {
    const words = parseIp(ip)!.join();
    return this.devices.findIndex((d) => parseIp(d)!.join() === words);
  }

  send(h: Hand): number {
    const v = this.flows.packet(h);
    v.srcDev = this.#device(h.from);
    v.dstDev = this.#device(h.to);
    const c = this.flows.columns;
    c.device[2 * v.slot + v.dir] = v.srcDev;
    c.device[2 * v.slot + 1 - v.dir] = v.dstDev;
    if (v.newFlow) this.features.flowOpened(v.slot, v);
    this.features.packet(v);
    return v.slot;
  }

  close(h: Hand): void {
    this.features.flowClosed(this.flows.close(h), FlowEnd.Fin, us(h.at));
  }

  /** An event on the flow of a packet. */
  event<K extends AppEvent['kind']>(
    kind: K,
    at: number,
    flow: number,
    dir: 0 | 1,
    rest: Partial<EventOf<K>> = {},
  ): void {
    this.features.event({ kind, dir, tsUs: us(at), flow, ...rest } as unknown as AppEvent);
  }

  /** One feature of a device at a moment. */
  get(name: string, device: number, at: number): number {
    const i = FEATURES.findIndex((f) => f.name === name);
    if (i < 0) throw new Error(`no feature ${name}`);
    return this.features.row(device, us(at)).values[i];
  }
}
