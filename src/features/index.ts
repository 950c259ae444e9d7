import type {
  AppEvent,
  Counters,
  DeviceDirectory,
  FeatureRow,
  FeatureSchema,
  FlowColumns,
  FlowEnd,
  IdentityEvent,
  Learned,
  PacketView,
  SettingsOf,
} from '../core/index.js';
import { F, GAP_BINS, Min, ROW, Sec } from './columns.js';
import { DicomEvents, DicomStats } from './dicom-stats.js';
import { DistinctWindow } from './distinct.js';
import { Engine } from './engine.js';
import type { Ask } from './entry.js';
import { restoreGaps } from './gap.js';
import { Hl7Events, Hl7Stats } from './hl7-stats.js';
import { MqttEvents, MqttStats } from './mqtt-stats.js';
import { FEATURES, SCHEMA } from './schema.js';
import type { featuresSettings } from './settings.js';
import { VitalsStats } from './vitals-stats.js';

export type { FeatureEntry } from './entry.js';
export { FEATURES, SCHEMA, SCHEMA as featureSchema, schemaId } from './schema.js';
export { featuresSettings } from './settings.js';

const S_US = 1_000_000;
const WINDOW_S = 60;
const HOUR_S = 3600;
/** Less than ten minutes promise nothing about an hour. */
const LEAST_H = 1 / 6;
const NXDOMAIN = 3;

export interface FeaturesOptions {
  readonly settings: SettingsOf<typeof featuresSettings>;
  readonly columns: FlowColumns;
  readonly directory: DeviceDirectory;
  readonly learned: Learned;
  readonly counters: Counters;
  /** Seed of the hashes asked of `learned`; must outlive a start. */
  readonly seed: number;
}

/** Keeps the numbers about every device and gives them as a row. */
export class Features {
  readonly schema: FeatureSchema = SCHEMA;
  readonly #engine: Engine;
  readonly #dicom: DicomEvents;
  readonly #hl7: Hl7Events;
  readonly #mqtt: MqttEvents;
  readonly #flows: FlowColumns;
  readonly #directory: DeviceDirectory;
  readonly #learned: Learned;
  readonly #rowPackets: number;
  readonly #rowUs: number;
  readonly #calmUs: number;
  readonly #gapUs: number;
  readonly #exact: number;
  readonly #beaconsPerTick: number;
  readonly #row: FeatureRow;
  readonly #ask: Ask;
  readonly #counters: Counters;
  readonly #rows: number;
  #beaconAt = 0;

  constructor(o: FeaturesOptions) {
    const s = o.settings;
    this.#flows = o.columns;
    this.#directory = o.directory;
    this.#learned = o.learned;
    this.#engine = new Engine(o.columns, o.learned, o.seed, s.entropy_every_packets, s.exact_distinct);
    const columns = this.#engine.columns;
    this.#exact = s.exact_distinct;
    this.#dicom = new DicomEvents(
      (d) => {
        columns.ensure(d);
        const c = columns.coldOf(d);
        c.dicom ??= new DicomStats(s.exact_distinct);
        return c.dicom;
      },
      o.learned,
      o.seed,
    );
    this.#hl7 = new Hl7Events((d) => {
      columns.ensure(d);
      const c = columns.coldOf(d);
      c.hl7 ??= new Hl7Stats(s.exact_distinct);
      return c.hl7;
    }, o.learned);
    this.#mqtt = new MqttEvents((d) => {
      columns.ensure(d);
      const c = columns.coldOf(d);
      c.mqtt ??= new MqttStats();
      return c.mqtt;
    });
    this.#rowPackets = s.row_packets;
    this.#rowUs = s.row_interval_ms * 1000;
    this.#calmUs = s.row_interval_calm_ms * 1000;
    this.#gapUs = s.row_gap_ms * 1000;
    this.#beaconsPerTick = s.beacons_per_tick;
    this.#counters = o.counters;
    this.#rows = o.counters.define('counter', 'wardwire_feature_rows_total', 'Feature rows made.');
    this.#row = {
      device: -1,
      tsUs: 0,
      values: new Float64Array(FEATURES.length).fill(Number.NaN),
      schemaId: SCHEMA.id,
    };
    this.#ask = {
      columns,
      device: 0,
      tsUs: 0,
      sec: 0,
      min: 0,
      row: 0,
      windowS: 1,
      windowH: 1,
      learning: false,
      ackTimeoutUs: s.hl7_ack_timeout_s * S_US,
    };
  }

  /** One packet, after `inventory.observe`. */
  packet(view: PacketView): void {
    this.#engine.packet(view);
  }

  /** A flow was opened by this packet; call before `packet` and after `inventory.observe`. */
  flowOpened(slot: number, view: PacketView): void {
    const a = this.#flows.addr;
    const k = slot * 8;
    const dir = this.#directory;
    this.#engine.flowOpened(
      slot,
      view,
      !dir.isSite(a[k], a[k + 1], a[k + 2], a[k + 3]),
      isPublic(a, k + 4) && !dir.isSite(a[k + 4], a[k + 5], a[k + 6], a[k + 7]),
    );
  }

  flowClosed(slot: number, _reason: FlowEnd, _tsUs: number): void {
    this.#engine.flowClosed(slot);
  }

  event(ev: AppEvent): void {
    if (ev.flow < 0) return;
    const a = this.#flows.device[2 * ev.flow];
    const b = this.#flows.device[2 * ev.flow + 1];
    if (a < 0 && b < 0) return;
    this.#note(a);
    this.#note(b);
    switch (ev.kind) {
      case 'hl7.message':
      case 'hl7.ack':
        this.#hl7Event(ev, a, b);
        return;
      case 'weird':
        if (ev.weird.startsWith('dicom.')) this.#dicom.event(ev, a, b);
        else if (ev.weird.startsWith('mqtt.')) this.#mqtt.event(ev, a, b);
        // framing oddities are told by the message's own `framing`
        else if (ev.weird.startsWith('hl7.') && !ev.weird.startsWith('hl7.framing.')) this.#hl7Event(ev, a, b);
        return;
      case 'dns':
        this.#dns(ev.response === (ev.dir === 1) ? a : b, ev);
        return;
      case 'mqtt':
        this.#mqtt.event(ev, a, b);
        return;
      case 'vitals':
        this.#vitals(ev.dir === 0 ? a : b, ev);
        return;
      case 'service':
      case 'evidence':
        return;
      default:
        this.#dicom.event(ev, a, b);
    }
  }

  /** A new owner of a row starts from nothing; odd ARP is charged to who sent it and to who suffers it. */
  identity(ev: IdentityEvent): void {
    const c = this.#engine.columns;
    if (ev.kind === 'device.new') {
      c.ensure(ev.device);
      c.reset(ev.device);
      return;
    }
    if (ev.kind === 'mac.moved') return;
    const other = ev.claimant ?? -1;
    this.#arp(ev.device, ev.tsUs);
    if (other >= 0 && other !== ev.device) this.#arp(other, ev.tsUs);
  }

  /** True when a device should be scored: enough packets or time since its last row, and something new. */
  due(device: number, tsUs: number): boolean {
    const r = this.#engine.columns.row;
    const i = device * ROW;
    const packets = r[i + F.NewPackets];
    const waited = tsUs - r[i + F.LastRowUs];
    if (packets >= this.#rowPackets && waited >= this.#gapUs) return true;
    // a device never heard of has no row: its numbers are undefined and every comparison fails
    if (!(waited >= this.#rowUs && packets + r[i + F.NewEvents] > 0)) return false;
    if (waited >= this.#calmUs) return true;
    const { criticality } = this.#directory.get(device);
    return criticality === 'life-critical' || criticality === 'high';
  }

  /** Fills the (lent) row of a device and marks it as scored. `tsUs`: event time, µs. */
  row(device: number, tsUs: number): FeatureRow {
    const row = this.look(device, tsUs);
    const c = this.#engine.columns;
    const i = device * ROW;
    c.row[i + F.LastRowUs] = tsUs;
    c.row[i + F.NewPackets] = 0;
    c.row[i + F.NewEvents] = 0;
    this.#counters.values[this.#rows]++;
    return row;
  }

  /** Fills the (lent) row of a device and marks nothing: what is scored, and when, does not depend on who looks. */
  look(device: number, tsUs: number): FeatureRow {
    const c = this.#engine.columns;
    c.ensure(device);
    const i = device * ROW;
    const ask = this.#ask;
    ask.device = device;
    ask.tsUs = tsUs;
    ask.sec = Math.floor(tsUs / S_US);
    ask.min = Math.floor(ask.sec / 60);
    ask.row = i;
    ask.learning = this.#learned.learning(device, tsUs);
    const first = c.row[i + F.FirstUs];
    const lived = first <= tsUs ? (tsUs - first) / S_US : 0;
    ask.windowS = Math.min(WINDOW_S, Math.max(1, lived));
    ask.windowH = Math.min(1, Math.max(LEAST_H, lived / HOUR_S));
    c.second(device, ask.sec);
    const row = this.#row;
    row.device = device;
    row.tsUs = tsUs;
    for (let f = 0; f < FEATURES.length; f++) row.values[f] = FEATURES[f].read(ask);
    return row;
  }

  /** Counts of the gaps between packets a device sent, by half octave of µs; trailing zeros left out. */
  gapsOf(device: number): number[] {
    const c = this.#engine.columns;
    if (device >= c.capacity) return [];
    const all = [...c.gaps.subarray(device * GAP_BINS, (device + 1) * GAP_BINS)];
    while (all.at(-1) === 0) all.pop();
    return all;
  }

  /** Adds what `gapsOf` gave in a former run, so that silence is judged from the first packet. */
  restoreGaps(device: number, counts: readonly number[]): void {
    const c = this.#engine.columns;
    c.ensure(device);
    restoreGaps(c, device, counts);
  }

  /** Event time moves, about once a second: the periodicity of some devices is brought up to date in turn. */
  tick(nowUs: number): void {
    const c = this.#engine.columns;
    const sec = Math.floor(nowUs / S_US);
    const n = c.cold.length;
    let done = 0;
    for (let k = 0; k < n && done < this.#beaconsPerTick; k++) {
      this.#beaconAt = (this.#beaconAt + 1) % n;
      const cold = c.cold[this.#beaconAt];
      if (cold === undefined || cold.beacon === null) continue;
      c.row[this.#beaconAt * ROW + F.Periodicity] = cold.beacon.periodicity(sec);
      done++;
    }
  }

  #hl7Event(ev: AppEvent, a: number, b: number): void {
    const from = ev.dir === 0 ? a : b;
    const to = ev.dir === 0 ? b : a;
    this.#hl7.event(ev, from, to, this.#engine.cells.key[2 * ev.flow + ev.dir]);
  }

  #dns(asker: number, ev: AppEvent & { kind: 'dns' }): void {
    if (asker < 0) return;
    const c = this.#engine.columns;
    c.ensure(asker);
    const sec = Math.floor(ev.tsUs / S_US);
    if (!ev.response) {
      const cold = c.coldOf(asker);
      cold.domains ??= new DistinctWindow(600, this.#exact);
      cold.domains.add(ev.domainHash, sec);
      return;
    }
    const base = c.minute(asker, Math.floor(sec / 60));
    c.minutes[base + Min.DnsAnswers]++;
    if (ev.rcode === NXDOMAIN) c.minutes[base + Min.DnsNx]++;
  }

  #vitals(sender: number, ev: AppEvent & { kind: 'vitals' }): void {
    if (sender < 0 || (ev.stream ?? -1) < 0) return;
    const c = this.#engine.columns;
    c.ensure(sender);
    const cold = c.coldOf(sender);
    cold.vitals ??= new VitalsStats();
    cold.vitals.event(ev);
  }

  #arp(device: number, tsUs: number): void {
    const c = this.#engine.columns;
    c.ensure(device);
    c.seconds[c.second(device, Math.floor(tsUs / S_US)) + Sec.ArpOdd]++;
    this.#note(device);
  }

  #note(device: number): void {
    if (device < 0) return;
    this.#engine.columns.ensure(device);
    this.#engine.columns.row[device * ROW + F.NewEvents]++;
  }
}

/** Not multicast and not broadcast: only a host can be an external peer. */
function isPublic(a: Int32Array, k: number): boolean {
  if (a[k] === 0 && a[k + 1] === 0 && a[k + 2] === 0xffff) {
    const top = a[k + 3] >>> 24;
    return top < 224 && top !== 0;
  }
  return a[k] >>> 24 !== 0xff;
}

/** The feature engine of a sensor. */
export function createFeatures(options: FeaturesOptions): Features {
  return new Features(options);
}
