import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PacketView, Stop } from '../../../src/core/index.js';
import { assembleSpec, defaultConfig } from '../../../src/runtime/index.js';
import { Pipeline } from '../../../src/runtime/pipeline.js';
import { eachPacket } from '../capture-bytes.js';
import { projectRoot } from '../wardwire.js';
import { type HostileFrame, HostileTraffic } from './traffic.js';

/** Where the corpus lies: frames that between them reach everything that was ever reached. */
export const CORPUS = join(projectRoot(), 'tests', 'fuzz', 'corpus', 'corpus.pcapng');

/** Frames of a capture, with the times between them. */
export async function framesOf(file: string): Promise<HostileFrame[]> {
  const frames: HostileFrame[] = [];
  let lastUs = Number.NaN;
  await eachPacket(file, (v) => {
    const afterUs = Number.isNaN(lastUs) ? 0 : v.tsUs - lastUs;
    lastUs = v.tsUs;
    frames.push({
      bytes: Buffer.from(v.buf.subarray(v.off, v.end)),
      linkType: v.linkType,
      wireLen: v.wireLen,
      afterUs,
    });
  });
  return frames;
}

/** Traffic that begins with the bundled capture, and with the corpus where `corpus` says so. */
export async function hostileTraffic(corpus = existsSync(CORPUS)): Promise<HostileTraffic> {
  const ward = await framesOf(join(projectRoot(), 'pcaps', 'ward-demo', 'capture.pcap'));
  return new HostileTraffic(corpus ? [...ward, ...(await framesOf(CORPUS))] : ward);
}

/** A lent buffer as large as capture's: what a decoder reads beyond its slice costs here what it costs on the line. */
const LENT = 1 << 20;
const START_US = 1.7e15;
/** Bursts before the clock runs. */
const UNTIMED = 50;
/** Read once: profiles are many files. */
const SPEC = assembleSpec(defaultConfig(), { kind: 'files', files: [], speed: 'max' }, { modelDir: null });

/** The whole sensor with the settings it ships with, and a packet's way through it timed. */
export class Stage {
  readonly pipeline: Pipeline;
  readonly view = new PacketView();
  readonly #lent = Buffer.alloc(LENT, 0x2e);
  #at = 0;
  tsUs = START_US;
  packets = 0;
  verdicts = 0;
  /** What became of the packets, told by the view afterwards. */
  readonly stops = new Array<number>(Object.keys(Stop).length).fill(0);
  withFlow = 0;
  refused = 0;

  /**
   * @param flows rows of the flow table where they are not as many as the sensor ships with
   * @param unfinishedMib memory for unfinished messages, likewise
   * @param site rows of a site file
   */
  constructor(flows?: number, unfinishedMib?: number, site?: string) {
    const { settings } = SPEC;
    const smaller = flows === undefined ? {} : { flow: { ...settings.flow, max_flows: flows } };
    const less =
      unfinishedMib === undefined ? {} : { protocols: { ...settings.protocols, unfinished_mib: unfinishedMib } };
    const listed = site === undefined ? {} : { site: { text: site, path: 'site.csv' } };
    this.pipeline = new Pipeline(
      { ...SPEC, ...listed, settings: { ...settings, ...smaller, ...less } },
      { verdict: () => this.verdicts++, train: () => undefined },
    );
    // the first tick touches every table for the first time: that is no packet's doing
    this.pipeline.advance(START_US - 1e7);
  }

  /** One frame in. @returns how long it took, ms */
  packet(f: HostileFrame): number {
    const { view } = this;
    const n = f.bytes.length;
    if (this.#at + n > LENT) this.#at = 0;
    f.bytes.copy(this.#lent, this.#at);
    view.buf = this.#lent;
    view.off = this.#at;
    view.capLen = n;
    view.end = this.#at + n;
    this.#at += n;
    view.wireLen = Math.max(n, f.wireLen);
    view.linkType = f.linkType;
    view.tsUs = this.tsUs += f.afterUs;
    const before = performance.now();
    this.pipeline.packet(view);
    const ms = performance.now() - before;
    this.packets++;
    this.stops[view.stop]++;
    if (view.slot >= 0) this.withFlow++;
    return ms;
  }

  /** Decoder errors of our own: 0 or there is a bug to mend. */
  get errors(): number {
    return this.pipeline.counters.get('wardwire_internal_errors_total');
  }

  /** What does not add up: every packet is decoded, or its refusal is counted; empty when it does. */
  uncounted(): string[] {
    const { counters } = this.pipeline;
    const wrong: string[] = [];
    const same = (what: string, is: number, should: number): void => {
      if (is !== should) wrong.push(`${what}: ${is} counted, ${should} given`);
    };
    const reasons = ['none', 'truncated', 'malformed', 'unknown', 'fragment', 'depth', 'link_type', 'not_ip'];
    same('packets', this.pipeline.packets, this.packets);
    reasons.forEach((reason, i) => {
      if (i > 0) same(`stops, ${reason}`, counters.get('wardwire_decode_stops_total', { reason }), this.stops[i]);
    });
    same('packets of no flow', counters.get('wardwire_packets_without_flow_total'), this.packets - this.withFlow);
    same(
      'decoded and refused',
      this.stops.reduce((a, b) => a + b),
      this.packets,
    );
    return wrong;
  }

  /** Every counter of refusals, limits and oddities that is not 0, largest first within its kind. */
  refusals(): [string, number][] {
    const { counters, weirds } = this.pipeline;
    const rows: [string, number][] = [];
    counters.defs.forEach((d, i) => {
      const refuses =
        /stops|evicted|dropped|refused|truncated|gaps|failures|limit|duplicate|bad_|without|shed|errors|lost|fragments|reassembly_b|suppressed|held|exceeded/.test(
          d.name,
        );
      const labels = Object.entries(d.labels).map(([k, v]) => `${k}=${v}`);
      if (refuses && d.type !== 'histogram' && counters.values[i] > 0)
        rows.push([`${d.name}${labels.length > 0 ? `{${labels.join(',')}}` : ''}`, counters.values[i]]);
    });
    weirds.defs.forEach((d, i) => {
      if (weirds.counts[i] > 0) rows.push([`weird ${d.id}`, weirds.counts[i]]);
    });
    return rows;
  }
}

export interface HostileResult {
  readonly stage: Stage;
  /** Time of every step, ms. */
  readonly steps: Float32Array;
  /** Seed of the burst a step belongs to. */
  readonly seeds: Int32Array;
}

/** Bursts of `traffic` through a new sensor until `packets` packets went in. @throws with the burst's seed when the sensor does */
export function hostileRun(traffic: HostileTraffic, packets: number, seed: number): HostileResult {
  const stage = new Stage();
  const steps = new Float32Array(packets);
  const seeds = new Int32Array(packets);
  // what a new sensor does for the first time, and the collection of the one before, is no packet's doing
  for (let s = seed - UNTIMED; s < seed; s++) for (const f of traffic.burst(s)) stage.packet(f);
  let n = 0;
  for (let s = seed; n < packets; s = (s + 1) | 0) {
    let frame = '';
    try {
      for (const f of traffic.burst(s)) {
        if (n === packets) break;
        frame = `link ${f.linkType}: ${f.bytes.subarray(0, 2000).toString('hex')}`;
        seeds[n] = s;
        steps[n++] = stage.packet(f);
      }
    } catch (error) {
      throw new Error(`burst ${s}, packet ${n}: ${(error as Error).stack}\n${frame}`);
    }
    if (stage.errors > 0)
      throw new Error(`burst ${s}, packet ${n}: an error of ours: ${stage.pipeline.fence.last}\n${frame}`);
  }
  return { stage, steps, seeds };
}

/** Of runs of the same packets the least time of every step: what the input costs, without collections, compilation and other programs. */
export function least(runs: readonly HostileResult[]): { ms: number; packet: number; seed: number }[] {
  const [first] = runs;
  const out = Array.from(first.steps, (_, i) => ({
    ms: Math.min(...runs.map((r) => r.steps[i])),
    packet: i,
    seed: first.seeds[i],
  }));
  return out.sort((a, b) => b.ms - a.ms);
}
