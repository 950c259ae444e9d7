import { type Baseline, baselineSettings, createBaseline } from '../../src/baseline/index.js';
import {
  type AppEvent,
  Counters,
  type Device,
  type DeviceDirectory,
  type Finding,
  FlowColumns,
  FlowMark,
  IpProto,
  type Learned,
  PacketView,
  type Profile,
  parseIp,
  settingsDefaults,
  TcpFlag,
} from '../../src/core/index.js';
import { createRules, type DetectSettings, detectSettings, type Rules } from '../../src/detect/index.js';
import { withKeys } from './hl7-keys.js';
import { someDevice } from './some-device.js';

/** Capture time at which a stage starts, µs since 1970. */
export const T0 = 1_700_000_000_000_000;
/** Learning period of a stage, seconds. */
export const LEARNING_S = 100;
/** A time at which every device of a stage that was there from the start has finished learning. */
export const LEARNED = T0 + LEARNING_S * 1e6 + 1e6;

export const PROFILES: readonly Profile[] = (
  [
    ['ventilator', 'LC'],
    ['patient-monitor', 'PM'],
    ['imaging-modality', 'IM'],
    ['pacs', 'PA'],
    ['hl7-engine', 'IE'],
    ['workstation', 'WS'],
  ] as const
).map(([type, deviceClass]) => ({
  type,
  title: type,
  deviceClass,
  criticality: 'medium',
  budgetMs: 100,
  protocols: [],
  peers: [],
  external: type === 'workstation',
  isolate: false,
  safeStep: 'Look.',
  expect: {},
  silenceS: type === 'ventilator' ? 30 : 0,
}));

/** A device table, a flow table and every rule, driven by hand: the scripted peer of the rule tests. */
export class Stage implements DeviceDirectory {
  readonly columns = new FlowColumns(4096);
  readonly counters = new Counters();
  readonly findings: Finding[] = [];
  readonly devices: Device[] = [];
  readonly baseline: Baseline;
  readonly rules: Rules;
  readonly #byIp = new Map<string, number>();
  readonly #last: number[] = [];
  #nextSlot = 0;
  #nextPort = 40_000;

  constructor(changes: Partial<DetectSettings> = {}, learned?: Learned, learningS = LEARNING_S) {
    this.baseline = createBaseline({
      settings: settingsDefaults(baselineSettings, { learning_s: learningS }),
      directory: this,
      profiles: PROFILES,
      schema: { features: [], id: 'none' },
      seed: 7,
      counters: this.counters,
    });
    this.rules = createRules({
      settings: settingsDefaults(detectSettings, changes),
      columns: this.columns,
      directory: this,
      profiles: PROFILES,
      learned: learned ?? this.baseline,
      findings: {
        finding: (f) => {
          this.findings.push(f);
        },
      },
      counters: this.counters,
      seed: 7,
    });
  }

  /** Adds a device that was first seen at T0. */
  device(type: string, ip: string, firstUs = T0): number {
    const index = this.devices.length;
    const macs = [`02:00:00:00:00:${index.toString(16).padStart(2, '0')}`];
    const pinned = { typeConfidence: 1, typePinned: true };
    this.devices.push(
      someDevice(`ip-${ip}`, { index, type, ...pinned, macs, addresses: [ip], firstUs, lastUs: firstUs }),
    );
    this.#last[index] = firstUs;
    this.#byIp.set(ip, index);
    return index;
  }

  /** Opens a TCP (or other) flow by its first packet and tells the rules. */
  open(from: string, to: string, port: number, tsUs: number, proto: number = IpProto.Tcp, fromPort?: number): number {
    const slot = this.#nextSlot++ % this.columns.capacity;
    const c = this.columns;
    const a = parseIp(from)!;
    const b = parseIp(to)!;
    c.gen[slot]++;
    c.proto[slot] = proto;
    c.marks[slot] = FlowMark.SynSeen;
    c.addr.set(a, slot * 8);
    c.addr.set(b, slot * 8 + 4);
    c.port[2 * slot] = fromPort ?? this.#nextPort++ & 0xffff;
    c.port[2 * slot + 1] = port;
    c.firstUs[slot] = tsUs;
    c.lastUs[slot] = tsUs;
    for (const column of [c.packets, c.octets, c.payload]) column.fill(0, 2 * slot, 2 * slot + 2);
    c.packets[2 * slot] = 1;
    c.device[2 * slot] = this.#byIp.get(from) ?? -1;
    c.device[2 * slot + 1] = this.#byIp.get(to) ?? -1;
    const v = new PacketView();
    v.tsUs = tsUs;
    v.ipProto = proto;
    v.ipVersion = 4;
    v.tcpFlags = proto === IpProto.Tcp ? TcpFlag.Syn : 0;
    v.srcPort = proto === IpProto.Icmp ? 8 : c.port[2 * slot];
    v.dstPort = port;
    v.slot = slot;
    v.newFlow = true;
    v.srcDev = c.device[2 * slot];
    v.dstDev = c.device[2 * slot + 1];
    this.touch(v.srcDev, tsUs);
    this.rules.packet(v);
    this.rules.flowOpened(slot, v);
    return slot;
  }

  /** The responder answered with data. */
  answer(slot: number, octets = 100): void {
    this.columns.marks[slot] |= FlowMark.SynAckSeen;
    this.columns.packets[2 * slot + 1] += 2;
    this.columns.payload[2 * slot + 1] += octets;
  }

  /** The responder refused with a reset. */
  refuse(slot: number, tsUs: number): void {
    this.columns.packets[2 * slot + 1]++;
    this.rules.flowClosed(slot, 6, tsUs);
  }

  event(ev: AppEvent): void {
    this.rules.event(ev);
  }

  /** The device sent something. */
  touch(device: number, tsUs: number): void {
    if (device >= 0 && !(this.#last[device] >= tsUs)) this.#last[device] = tsUs;
  }

  names(): string[] {
    return this.findings.map((f) => f.scenario);
  }

  of(scenario: string): Finding[] {
    return this.findings.filter((f) => f.scenario === scenario);
  }

  // ---- DeviceDirectory
  get size(): number {
    return this.devices.length;
  }
  get(index: number): Device {
    return this.devices[index];
  }
  firstUs(index: number): number {
    return this.devices[index].firstUs;
  }
  lastUs(index: number): number {
    return this.#last[index];
  }
  profileOf(index: number): number {
    return PROFILES.findIndex((p) => p.type === this.devices[index].type);
  }
  isSite(w0: number, w1: number, w2: number, w3: number): boolean {
    return w0 === 0 && w1 === 0 && w2 === 0xffff && w3 >>> 24 === 10;
  }
  byIp(w0: number, w1: number, w2: number, w3: number): number {
    for (const [ip, d] of this.#byIp) {
      const p = parseIp(ip)!;
      if (p[0] === w0 && p[1] === w1 && p[2] === w2 && p[3] === w3) return d;
    }
    return -1;
  }
}

/** Event makers: only what a test cares about has to be said. */
export const ev = {
  associate: (flow: number, tsUs: number, callingAe: string, calledAe = 'PACS', more: object = {}): AppEvent => ({
    kind: 'dicom.associate.rq',
    dir: 0,
    tsUs,
    flow,
    calledAe,
    callingAe,
    implementationUid: '1.2.276.0.7230010.3.0.3.6.7',
    implementationVersion: 'OFFIS_DCMTK_367',
    maxPdu: 16384,
    abstractSyntaxes: ['1.2.840.10008.5.1.4.1.1.2'],
    noncanonical: false,
    pduLength: 205,
    ...more,
  }),
  reject: (
    flow: number,
    tsUs: number,
    callingAe: string,
    calledAe: string,
    reason = 7,
    more: object = {},
  ): AppEvent => ({
    kind: 'dicom.associate.rj',
    dir: 1,
    tsUs,
    flow,
    result: 1,
    source: 1,
    reason,
    calledAe,
    callingAe,
    ...more,
  }),
  command: (flow: number, tsUs: number, name: string, more: object = {}): AppEvent => ({
    kind: 'dicom.command',
    dir: name.endsWith('RSP') ? 1 : 0,
    tsUs,
    flow,
    command: 0,
    name,
    contextId: 1,
    sopClass: '1.2.840.10008.5.1.4.1.2.2.1',
    messageId: 1,
    respondedTo: name.endsWith('RSP') ? 1 : -1,
    status: name.endsWith('RSP') ? 0 : -1,
    hasDataset: true,
    moveDestination: '',
    moveOriginator: '',
    remaining: -1,
    completed: -1,
    failed: -1,
    warning: -1,
    instanceToken: '',
    callingAe: 'VIEWER',
    calledAe: 'PACS',
    ...more,
  }),
  dataset: (flow: number, tsUs: number, more: object = {}): AppEvent => ({
    kind: 'dicom.dataset',
    dir: 0,
    tsUs,
    flow,
    command: 'C-FIND-RQ',
    messageId: 1,
    octets: 120,
    transferSyntax: '1.2.840.10008.1.2',
    queryLevel: 'STUDY',
    wildcard: false,
    modality: '',
    manufacturer: '',
    model: '',
    station: '',
    softwareVersions: '',
    studyToken: '',
    executable: false,
    ...more,
  }),
  hl7: (flow: number, tsUs: number, more: object = {}): AppEvent =>
    withKeys({
      kind: 'hl7.message',
      dir: 0,
      tsUs,
      flow,
      messageType: 'ORU_R01',
      structure: 'ORU_R01',
      sendingApp: 'MON',
      sendingFacility: 'ICU',
      receivingApp: 'ENGINE',
      receivingFacility: 'HOSP',
      version: '2.6',
      processingId: 'P',
      controlToken: '0011223344556677',
      controlLength: 8,
      acknowledges: false,
      bodyHash: 1234,
      octets: 400,
      segments: 6,
      longestSegment: 120,
      messageTimeUs: Number.NaN,
      obxCount: 3,
      patientToken: '',
      framing: 'canonical',
      truncated: false,
      ...more,
    }) as AppEvent,
  ack: (flow: number, tsUs: number, more: object = {}): AppEvent =>
    withKeys({
      kind: 'hl7.ack',
      dir: 1,
      tsUs,
      flow,
      code: 'AA',
      messageType: 'ACK',
      sendingApp: 'ENGINE',
      sendingFacility: 'HOSP',
      controlToken: '0011223344556677',
      latencyUs: 1000,
      octets: 80,
      framing: 'canonical',
      ...more,
    }) as AppEvent,
  service: (flow: number, tsUs: number, app: number, more: object = {}): AppEvent => ({
    kind: 'service',
    dir: 0,
    tsUs,
    flow,
    app,
    version: '',
    credentials: false,
    ...more,
  }),
  weird: (flow: number, tsUs: number, weird: string): AppEvent => ({ kind: 'weird', dir: 0, tsUs, flow, weird }),
};
