import { type BaselineSettings, createBaseline } from '../baseline/index.js';
import {
  type AppEvent,
  Counters,
  type FeatureRow,
  type Finding,
  type FlowEnd,
  type FlowSink,
  type IdentityEvent,
  type PacketSink,
  type PacketView,
  Random,
  type StreamSlice,
  type Verdict,
  type VerdictDraft,
  Weirds,
} from '../core/index.js';
import { createRules, createScorer } from '../detect/index.js';
import type { Evidence } from '../evidence/index.js';
import { createFeatures } from '../features/index.js';
import { communityId, createFlow } from '../flow/index.js';
import { createInventory } from '../inventory/index.js';
import { createLayers } from '../layers/index.js';
import { createProtocols } from '../protocols/index.js';
import { createVerdicts } from '../verdict/index.js';
import { driftFinding } from './drift-finding.js';
import { Fence } from './fence.js';
import { FigureBoard } from './figures.js';
import { tokenizer, ulidFrom } from './ids.js';
import { Judge } from './judge.js';
import type { Settings } from './manifest.js';
import type { TrainJob } from './messages.js';
import { modelFacts } from './model-facts.js';
import type { TypeModel } from './model-file.js';
import { OwnClients } from './own-clients.js';
import { Portion } from './portion.js';
import { openEvidence } from './proof.js';
import { learningSettings, quarantine } from './quarantine.js';
import { takeOver } from './setting-changes.js';
import { Shedding } from './shedding.js';
import { readSite } from './site.js';
import type { SensorSpec } from './spec.js';
import { Tallies } from './tallies.js';
import { Timing } from './timing.js';

const TICK_US = 1_000_000;

/** What a pipeline hands out. */
export interface PipelineOutput {
  verdict(draft: VerdictDraft): void;
  /** A device type has learned enough rows: train it and answer with `setModel`. */
  train(job: TrainJob): void;
  /** Every feature row, LENT, with the type of its device: for export. */
  row?(row: FeatureRow, type: string): void;
  /** What the source lost of late; a file loses nothing. */
  coverage?(): { drops: number; blind: boolean };
  /** Something beside the packets failed or works again; for the log. */
  trouble?(event: string, text: string): void;
}

const NOTHING_LOST = { drops: 0, blind: false };

/**
 * The data path, top to bottom: a packet goes through layers, flow, inventory, features and protocols; what it means
 * goes through rules and scoring into verdicts. One pipeline a sensor process; nothing here knows where packets come
 * from or where verdicts go.
 */
export class Pipeline implements PacketSink {
  readonly counters = new Counters();
  readonly weirds = new Weirds();
  readonly layers;
  readonly flow;
  readonly protocols;
  readonly inventory;
  readonly features;
  readonly baseline;
  readonly scorer;
  readonly rules;
  readonly verdicts;
  readonly fence;
  readonly figures: FigureBoard;
  readonly tallies: Tallies;
  /** Recent packets and captures of verdicts; null when none are kept. */
  readonly evidence: Evidence | null;
  /** Newest event time seen, µs; never goes back. */
  nowUs = 0;
  /** Packets taken. */
  packets = 0;

  readonly #spec: SensorSpec;
  readonly #out: PipelineOutput;
  readonly #live: boolean;
  #nextTickUs = 0;
  readonly #timing;
  readonly #judge: Judge;
  readonly #training = new Set<string>();
  readonly #bytes;
  readonly #shed: Shedding;
  readonly #learning: BaselineSettings;
  readonly #own: OwnClients;
  readonly #portion: Portion;

  constructor(spec: SensorSpec, out: PipelineOutput) {
    this.#spec = spec;
    this.#out = out;
    this.#live = spec.source.kind === 'live';
    this.#timing = new Timing(this.#live);
    const { settings, seed, profiles } = spec;
    // learned sets outlive a start, so their hashes are keyed by the site and not by this start's table seed
    const siteSeed = Number.parseInt(spec.siteKey.slice(0, 8), 16) | 0;
    const { counters, weirds } = this;
    this.#bytes = counters.define('counter', 'wardwire_wire_octets_total', 'Octets on the wire of packets taken.');
    this.fence = new Fence(counters);
    this.#shed = new Shedding(settings.inventory.max_devices, counters);
    this.#portion = new Portion(spec, counters, () => this.inventory.directory);
    this.layers = createLayers({ settings: settings.layers, weirds, counters, seed });
    const flowSink: FlowSink = {
      flowOpened: () => undefined, // told after inventory has named both ends, see packet()
      flowClosed: (slot, reason, tsUs) => this.#flowClosed(slot, reason, tsUs),
      stream: (slot, slice) => this.#stream(slot, slice),
      datagram: (slot, view) => this.#datagram(slot, view),
    };
    this.flow = createFlow({ settings: settings.flow, sink: flowSink, weirds, counters, seed });
    const columns = this.flow.columns;
    this.inventory = createInventory({
      settings: settings.inventory,
      profiles,
      site: readSite(spec.site),
      columns,
      identity: { identity: (ev) => this.#identity(ev) },
      weirds,
      counters,
      seed,
    });
    const directory = this.inventory.directory;
    const token = tokenizer(spec.siteKey);
    this.#own = new OwnClients(settings, token);
    this.protocols = createProtocols({
      columns,
      events: { event: (ev) => this.#event(ev) },
      weirds,
      token,
      seed: siteSeed,
      settings,
      limits: spec.limits,
      counters,
      critical: (slot) => this.#shed.critical(columns.device[2 * slot], columns.device[2 * slot + 1]),
    });
    const learnedLater = {
      learning: (d: number, t: number) => this.baseline.learning(d, t),
      observe: (s: never, d: number, k: number, t: number) => this.baseline.observe(s, d, k, t),
      knows: (s: never, d: number, k: number) => this.baseline.knows(s, d, k),
      size: (s: never, d: number) => this.baseline.size(s, d),
    };
    this.features = createFeatures({
      settings: settings.features,
      columns,
      directory,
      learned: learnedLater,
      counters,
      seed: siteSeed,
    });
    this.#learning = learningSettings(settings, spec.share?.of);
    this.baseline = createBaseline({
      settings: this.#learning,
      directory,
      profiles,
      schema: this.features.schema,
      seed: siteSeed,
      counters,
      columns,
      gaps: this.features,
      advice: (a) => this.#finding(driftFinding(a)),
    });
    this.tallies = new Tallies(counters, profiles);
    this.figures = new FigureBoard(directory, columns, this.features.schema, settings);
    const deviceId = (d: number): string => directory.get(d).id;
    const { schema } = this.features;
    this.scorer = createScorer({ settings: settings.detect, schema, profiles, counters, deviceId });
    const ids = new Random(seed ^ 0x5ca1ab1e);
    this.evidence = openEvidence(spec, directory, counters, (event, text) => out.trouble?.(event, text));
    this.verdicts = createVerdicts({
      settings: settings.verdict,
      sensor: { site: settings.sensor.site, name: settings.sensor.name, version: spec.version },
      directory,
      profiles,
      columns,
      communityId: (slot) => communityId(columns, slot),
      ulid: (tsUs) => ulidFrom(ids, tsUs),
      learned: this.baseline,
      counters,
      model: (device) => modelFacts(this, profiles, device, this.nowUs),
      coverage: (flow) => this.#coverage(flow),
      row: (device, tsUs) => this.#judge.basis(device, tsUs),
      evidence: (v, device, nowUs) => this.evidence?.of(v, device, nowUs) ?? null,
      live: this.#live,
      timing: (observedUs, deciding) => this.#timing.of(observedUs, deciding),
      sink: { verdict: (draft) => this.#out.verdict(draft) },
    });
    this.rules = createRules({
      settings: settings.detect,
      columns,
      directory,
      profiles,
      learned: this.baseline,
      findings: {
        finding: (f) => {
          this.#finding(f); // first: somebody waits for the verdict
          quarantine(this.baseline, f);
        },
      },
      counters,
      seed: siteSeed,
      blind: () => this.#out.coverage?.().blind ?? false,
      ...(this.#own.own.clientTokens.length === 0 ? {} : { own: this.#own.own }),
    });
    this.#judge = new Judge(this, spec, this.#timing, out.row?.bind(out) ?? null, this.#portion);
    this.inventory.operator(spec.operator);
    this.inventory.importDevices(spec.devices);
    this.baseline.teach(spec.taught);
    this.verdicts.resume(spec.openIncidents);
    this.evidence?.resume(spec.openIncidents);
    weirds.listen((weird, slot, tsUs) => {
      if (slot >= 0) this.#event({ kind: 'weird', weird: weirds.defs[weird].id, flow: slot, dir: 0, tsUs });
    });
  }

  /** The path of one packet. */
  packet(view: PacketView): void {
    this.#timing.packet(this.packets++, view.tsUs);
    this.counters.values[this.#bytes] += view.wireLen;
    if (view.tsUs >= this.#nextTickUs) this.#advance(view.tsUs);

    if (!this.layers.decode(view) || this.#portion.skips(view)) return;
    this.flow.track(view);
    this.inventory.observe(view);
    this.evidence?.packet(view);
    if (view.ipVersion === 0) this.#frame(view);
    else if (view.newFlow) {
      this.inventory.flowOpened(view.slot);
      this.protocols.flowOpened(view.slot, view);
      this.features.flowOpened(view.slot, view);
      this.rules.flowOpened(view.slot, view);
      this.baseline.flowOpened(view.slot, view.tsUs);
    }
    if (!view.duplicate) {
      this.features.packet(view);
      this.rules.packet(view);
    }
    const { srcDev, dstDev, tsUs } = view;
    if (this.#shed.takes(srcDev, dstDev)) return;
    this.flow.deliver(view);

    // of two rows that are due the more critical device's comes first
    const first = this.#shed.dearer(srcDev, dstDev) ? dstDev : srcDev;
    const second = first === srcDev ? dstDev : srcDev;
    if (first >= 0) this.#judge.device(first, tsUs);
    if (second >= 0) this.#judge.device(second, tsUs);
  }

  /** Takes a rung of the overload ladder: devices below a criticality are counted and not decoded. */
  overload(rung: number): void {
    this.inventory.criticality.write(this.#shed.ranks);
    this.#shed.take(rung);
  }

  /** Moves event time without a packet (idle line, live clock). µs since 1970. */
  advance(nowUs: number): void {
    if (nowUs < this.#nextTickUs) return;
    this.#timing.tick();
    this.#advance(nowUs);
  }

  /** Ends everything: open flows, and open incidents unless a next sensor will take them up. */
  finish(incidents: 'close' | 'leave' = 'close'): void {
    this.flow.flush(this.nowUs);
    if (incidents === 'close') this.verdicts.flush(this.nowUs);
    this.evidence?.finish();
  }

  /** Resolves when what the end leaves to write is written. */
  async close(): Promise<void> {
    await this.evidence?.close();
  }

  /** Takes over what may change while packets pass; flows, devices and what was learned stay. @throws WardwireError('config') */
  reload(settings: Settings, site: SensorSpec['site']): void {
    const list = readSite(site);
    takeOver(this.#spec.settings, settings);
    Object.assign(this.#learning, learningSettings(settings, this.#spec.share?.of));
    this.#own.reload();
    this.scorer.reload();
    this.inventory.site(list);
  }

  /** Takes a trained model and what its rows were like; throws WardwireError('model') when it does not fit. */
  setModel(model: TypeModel): void {
    const type = this.scorer.setModel(model.text, model.own);
    this.#training.delete(type);
    const known = this.scorer.describe(type);
    if (known !== null) this.tallies.trained(type, known.id, known.untilUs);
    if (model.prior !== null) this.baseline.setPrior(model.prior);
  }

  /** Rows of a type did not suffice: it goes on learning. */
  untrained(type: string): void {
    this.#training.delete(type);
  }

  #advance(tsUs: number): void {
    if (tsUs > this.nowUs) this.nowUs = tsUs;
    this.#nextTickUs = this.nowUs + TICK_US;
    const now = this.nowUs;
    this.layers.tick(now);
    this.flow.tick(now);
    this.protocols.tick(now);
    this.inventory.tick(now);
    this.inventory.criticality.write(this.#shed.ranks);
    this.features.tick(now);
    this.rules.tick(now);
    this.verdicts.tick(now);
    this.evidence?.tick(now);
    this.baseline.tick(now);
    for (const type of this.baseline.trainable(now, (t) => !this.scorer.has(t))) {
      if (this.#training.has(type)) continue;
      const job = this.baseline.job(type, now, false);
      if (job.owner.length < this.#learning.min_rows) continue;
      this.#training.add(type);
      this.#out.train({ ...job, type, seed: this.#spec.seed });
    }
  }

  #finding(f: Finding): void {
    if (this.#portion.speaksOf(f.device)) this.verdicts.finding(f);
  }

  #event(ev: AppEvent): void {
    this.inventory.event(ev);
    this.features.event(ev);
    this.rules.event(ev);
    this.baseline.event(ev);
    this.tallies.event(ev);
    this.figures.event(ev);
  }

  #identity(ev: IdentityEvent): void {
    // the device table is filled from the site file before the later rooms exist
    if (this.rules === undefined) return;
    this.features.identity(ev);
    this.rules.identity(ev);
  }

  #stream(slot: number, slice: StreamSlice): void {
    if (this.fence.open(slot)) return;
    try {
      this.protocols.stream(slot, slice);
      if (!this.protocols.wants(slot)) this.flow.countOnly(slot);
    } catch (error) {
      this.fence.caught(slot, this.nowUs, error);
    }
  }

  #datagram(slot: number, view: PacketView): void {
    if (this.fence.open(slot)) return;
    try {
      this.protocols.datagram(slot, view);
    } catch (error) {
      this.fence.caught(slot, this.nowUs, error);
    }
  }

  /** A frame without IP: a neighbour's announcement, or nothing to read. */
  #frame(view: PacketView): void {
    try {
      this.protocols.frame(view);
    } catch (error) {
      this.fence.caught(-1, this.nowUs, error);
    }
  }

  #flowClosed(slot: number, reason: FlowEnd, tsUs: number): void {
    try {
      if (!this.fence.open(slot)) this.protocols.flowClosed(slot, reason, tsUs);
    } catch (error) {
      this.fence.caught(slot, this.nowUs, error);
    }
    this.baseline.flowClosed(slot, tsUs);
    this.inventory.flowClosed(slot);
    this.fence.clear(slot);
    this.features.flowClosed(slot, reason, tsUs);
    this.rules.flowClosed(slot, reason, tsUs);
  }

  #coverage(flow: number): Verdict['coverage'] {
    const gap = this.flow.columns.gapOctets;
    const { drops, blind } = this.#out.coverage?.() ?? NOTHING_LOST;
    return { gap_octets: flow < 0 ? 0 : gap[2 * flow] + gap[2 * flow + 1], drops, blind };
  }
}
