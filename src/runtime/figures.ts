import {
  type AppEvent,
  type DeviceDirectory,
  type DeviceFigures,
  type FeatureRow,
  type FeatureSchema,
  FIGURE_FEATURES,
  type FlowColumns,
  type LinkFigures,
  type NewFigures,
} from '../core/index.js';
import type { UsualRanges } from '../detect/index.js';

const N = FIGURE_FEATURES.length;
/** Least event time between two notes of a device: a screen is not redrawn more often. */
const NOTE_US = 5e6;
/** Devices told at once. */
const AT_ONCE = 64;
const LINKS_EVERY = 5;
/** Width below which a range counts as a point: a tenth, or 10 % of an amount. */
const LEAST_WIDTH = 0.1;
/** Positions are cut here: what lies far outside lies outside. */
const FAR = 10;
const NAK: readonly string[] = ['AE', 'AR', 'CE', 'CR'];

interface Link {
  readonly from: number;
  readonly to: number;
  readonly told: LinkFigures;
}

/** Numbers of single devices and HL7 links for the screens: written as they come, handed over a few at a time. */
export class FigureBoard {
  readonly #directory: DeviceDirectory;
  readonly #columns: FlowColumns;
  readonly #schema: FeatureSchema;
  readonly #feature: readonly number[];
  readonly #log: readonly boolean[];
  readonly #nextUs: Float64Array;
  readonly #score: Float32Array;
  readonly #positions: Float32Array;
  readonly #fresh: Uint8Array;
  #at = 0;
  readonly #links = new Map<number, Link>();
  #taken = 0;

  readonly #maxLinks: number;

  constructor(
    directory: DeviceDirectory,
    columns: FlowColumns,
    schema: FeatureSchema,
    settings: {
      readonly inventory: { readonly max_devices: number };
      readonly metrics: { readonly hl7_links: number };
    },
  ) {
    this.#maxLinks = settings.metrics.hl7_links;
    const maxDevices = settings.inventory.max_devices;
    this.#directory = directory;
    this.#columns = columns;
    this.#schema = schema;
    this.#feature = FIGURE_FEATURES.map((name) => schema.features.findIndex((f) => f.name === name));
    this.#log = this.#feature.map((f) => f >= 0 && schema.features[f].transform === 'log1p');
    this.#nextUs = new Float64Array(maxDevices);
    this.#score = new Float32Array(maxDevices);
    this.#positions = new Float32Array(maxDevices * N);
    this.#fresh = new Uint8Array(maxDevices);
  }

  /** A row was scored. `row` as the device's type would see it, `usual` the ranges of that type. */
  scored(row: FeatureRow, score: number, usual: UsualRanges | null): void {
    const { device } = row;
    if (row.tsUs < this.#nextUs[device] || row.schemaId !== this.#schema.id) return;
    this.#nextUs[device] = row.tsUs + NOTE_US;
    this.#score[device] = score;
    this.#fresh[device] = 1;
    for (let i = 0; i < N; i++) {
      const f = this.#feature[i];
      const range = f < 0 || usual === null ? -1 : usual.columnOf[f];
      this.#positions[device * N + i] =
        range < 0 || usual === null
          ? Number.NaN
          : positionIn(this.#log[i], row.values[f], usual.low[range], usual.high[range]);
    }
  }

  event(ev: AppEvent): void {
    if (ev.kind === 'hl7.message') {
      if (!ev.acknowledges) this.#link(ev.flow, ev.dir).messages++;
    } else if (ev.kind === 'hl7.ack') {
      // it travels against the messages it answers
      const link = this.#link(ev.flow, 1 - ev.dir);
      if (NAK.includes(ev.code)) link.naks++;
      else link.acks++;
      if (ev.latencyUs >= 0) {
        link.timed++;
        link.ackSeconds += ev.latencyUs / 1e6;
      }
    }
  }

  /** What is new since the last call, at most so many devices: the rest comes with the next. */
  take(): NewFigures {
    const devices: DeviceFigures[] = [];
    const size = this.#directory.size;
    for (let looked = 0; looked < size && devices.length < AT_ONCE; looked++) {
      const d = this.#at++ % size;
      if (this.#fresh[d] === 0) continue;
      this.#fresh[d] = 0;
      devices.push({
        device: this.#directory.get(d).id,
        score: this.#score[d],
        positions: this.#positions.slice(d * N, (d + 1) * N),
      });
    }
    return { devices, links: this.#taken++ % LINKS_EVERY === 0 ? this.#toldLinks() : [] };
  }

  #toldLinks(): LinkFigures[] {
    // a row of the device table may have become another device's
    for (const [key, l] of this.#links)
      if (l.told.sender !== this.#id(l.from) || l.told.receiver !== this.#id(l.to)) this.#links.delete(key);
    return [...this.#links.values()].map((l) => l.told);
  }

  /** The link whose messages go in direction `dir` of a flow. */
  #link(flow: number, dir: number): LinkFigures {
    const { device } = this.#columns;
    let from = device[2 * flow + dir];
    let to = device[2 * flow + 1 - dir];
    let key = from * 65_536 + to;
    const known = this.#links.get(key);
    if (known !== undefined) return known.told;
    if (this.#links.size >= this.#maxLinks) {
      from = OTHER;
      to = OTHER;
      key = Number.MAX_SAFE_INTEGER;
    }
    const link = this.#links.get(key) ?? {
      from,
      to,
      told: { sender: this.#id(from), receiver: this.#id(to), messages: 0, acks: 0, naks: 0, timed: 0, ackSeconds: 0 },
    };
    this.#links.set(key, link);
    return link.told;
  }

  #id(device: number): string {
    if (device === OTHER) return 'other';
    return device < 0 || device >= this.#directory.size ? 'outside' : this.#directory.get(device).id;
  }
}

const OTHER = -2;

/** 0 at the lower end of a range, 1 at the upper; by logarithm for amounts; NaN when not observed. */
export function positionIn(log: boolean, value: number, low: number, high: number): number {
  const view = (x: number): number => (log ? Math.sign(x) * Math.log1p(Math.abs(x)) : x);
  const a = view(low);
  const b = view(high);
  const p = 0.5 + (view(value) - (a + b) / 2) / Math.max(b - a, LEAST_WIDTH);
  return Math.min(FAR, Math.max(1 - FAR, p));
}
