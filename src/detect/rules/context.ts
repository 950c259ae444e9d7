import {
  type Counters,
  type DeviceDirectory,
  type Finding,
  type FindingSink,
  type FlowColumns,
  fold32,
  hashString,
  type Learned,
  LearnedSet,
  mix32,
  Novelty,
  type Profile,
  type Reason,
  SEVERITIES,
  type Severity,
} from '../../core/index.js';
import { scenarioOf } from '../catalogue.js';
import type { DetectSettings } from '../settings.js';
import { Asked } from './asked.js';

export interface RulesOptions {
  readonly settings: DetectSettings;
  readonly columns: FlowColumns;
  readonly directory: DeviceDirectory;
  readonly profiles: readonly Profile[];
  readonly learned: Learned;
  readonly findings: FindingSink;
  readonly counters: Counters;
  /** Keyed by the site: learned keys must stay comparable over restarts. */
  readonly seed: number;
  /** What this sensor publishes over MQTT; absent when it publishes nothing there. */
  readonly own?: OwnPublisher;
  /** Whether the sensor doubts its own sight: what it does not see may well be there. A file never does. */
  readonly blind?: () => boolean;
}

/** This sensor as a client of a broker. */
export interface OwnPublisher {
  /** Levels its topics begin with. */
  readonly topic: readonly string[];
  /** Keyed tokens of its client identifiers, one a broker. */
  readonly clientTokens: readonly string[];
}

/** A side of a flow: 0 initiator, 1 responder. */
export type Side = 0 | 1;

/** One observation behind a finding, in plain words with its numbers. */
export interface Observed {
  readonly observed: number | string | null;
  readonly unit: string;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly text: string;
}

export interface Emission {
  readonly scenario: string;
  readonly device: number;
  readonly role: 'actor' | 'victim';
  /** Flow and the side that is the peer; −1 no flow. */
  readonly flow: number;
  readonly peerSide?: Side;
  /** A peer that is not the end of a flow. */
  readonly peer?: { ip: string; port: number | null; mac: string | null; device: number } | null;
  readonly tsUs: number;
  readonly reasons: readonly Observed[];
  /** Another device touched: its class may raise the severity. */
  readonly also?: number;
  /** Steps of severity up or down by evidence. */
  readonly bump?: number;
  /** Never graver than this. */
  readonly atMost?: Severity;
  /** What an incident is keyed by besides scenario, device and peer. */
  readonly key?: string;
  /** Said whatever was learned: the operator can only accept the scenario with this peer or key. */
  readonly regardless?: boolean;
}

/** Rates remembered before they are asked of the learned set again. */
const MAGNITUDES = 16_384;

/** What rules share: keys, names of flow ends, novelty, and the one way to say something. */
export class RuleContext {
  /** Largest magnitude of each (rate, device) that was learned since the start. */
  readonly #magnitudes = new Map<number, number>();
  readonly settings: DetectSettings;
  readonly columns: FlowColumns;
  readonly directory: DeviceDirectory;
  readonly profiles: readonly Profile[];
  readonly learned: Asked;
  readonly seed: number;
  readonly own: OwnPublisher | null;
  readonly blind: () => boolean;
  readonly counters: Counters;
  readonly #accepted: number;
  readonly #sink: FindingSink;
  readonly #count = new Map<string, number>();

  constructor(o: RulesOptions) {
    this.settings = o.settings;
    this.columns = o.columns;
    this.directory = o.directory;
    this.profiles = o.profiles;
    this.learned = new Asked(o.learned);
    this.seed = o.seed;
    this.own = o.own ?? null;
    this.blind = o.blind ?? (() => false);
    this.counters = o.counters;
    this.#sink = o.findings;
    this.#accepted = o.counters.define(
      'counter',
      'wardwire_findings_accepted_total',
      'Findings of rules that the operator has called normal.',
    );
  }

  /** Device index of a flow's end, −1 outside or unknown. */
  device(flow: number, side: Side): number {
    return flow < 0 ? -1 : this.columns.device[2 * flow + side];
  }

  profile(device: number): Profile | null {
    return device < 0 ? null : (this.profiles[this.directory.profileOf(device)] ?? null);
  }

  /** 32-bit keyed hash of an end's address. */
  addressKey(flow: number, side: Side): number {
    return this.columns.addressKey(this.seed, flow, side);
  }

  textKey(text: string): number {
    return hashString(this.seed, text);
  }

  /** Key of several parts; order counts. */
  keyOf(...parts: readonly (number | string)[]): number {
    let h = this.seed;
    for (const p of parts) h = fold32(h, typeof p === 'string' ? hashString(this.seed, p) : p);
    return mix32(h);
  }

  ip(flow: number, side: Side): string {
    return this.columns.ip(flow, side);
  }

  port(flow: number, side: Side): number {
    return this.columns.port[2 * flow + side];
  }

  /** True when the end has an address of the site. */
  isSite(flow: number, side: Side): boolean {
    const a = this.columns.addr;
    const i = flow * 8 + side * 4;
    return this.directory.isSite(a[i], a[i + 1], a[i + 2], a[i + 3]);
  }

  /** Multicast (224/4, ff00::/8), limited broadcast, unspecified, loopback and link-local are no peers outside. */
  isNowhere(flow: number, side: Side): boolean {
    const a = this.columns.addr;
    const i = flow * 8 + side * 4;
    if (a[i] === 0 && a[i + 1] === 0 && a[i + 2] === 0xffff) {
      const w = a[i + 3] >>> 0;
      const top = w >>> 24;
      return top >= 224 || top === 0 || top === 127 || w >>> 16 === 0xa9fe || (w & 0xff) === 0xff;
    }
    const b = a[i] >>> 24;
    return b === 0xff || (a[i] & 0xffc00000) === (0xfe800000 | 0) || (a[i] === 0 && a[i + 1] === 0 && a[i + 2] === 0);
  }

  learning(device: number, tsUs: number): boolean {
    return device >= 0 && this.learned.learning(device, tsUs);
  }

  /**
   * Remembers, while the device learns, that it does a certain thing (`what`), and afterwards says whether that is
   * normal for it.
   */
  habit(device: number, what: number, tsUs: number): Novelty {
    return device < 0 ? Novelty.Known : this.learned.observe(LearnedSet.App, device, what, tsUs);
  }

  /**
   * Remembers the magnitude of a rate while the device learns; afterwards true when it has known a rate of at least
   * half of this. Magnitudes are powers of two, so the learned set stays small.
   */
  usualRate(device: number, what: number, rate: number, tsUs: number): boolean {
    if (device < 0 || rate <= 0) return false;
    const bucket = Math.ceil(Math.log2(rate + 1));
    const key = (b: number): number => mix32(fold32(what, b + 0x1000));
    if (this.learning(device, tsUs)) {
      // only a new magnitude is worth a look into the learned set: this is asked with every message
      const asked = fold32(what, device);
      if ((this.#magnitudes.get(asked) ?? -1) < bucket) {
        if (this.#magnitudes.size >= MAGNITUDES) this.#magnitudes.clear();
        this.#magnitudes.set(asked, bucket);
        this.learned.observe(LearnedSet.App, device, key(bucket), tsUs);
      }
      return false;
    }
    for (let b = Math.max(0, bucket - 1); b < 40; b++) {
      if (this.learned.knows(LearnedSet.App, device, key(b))) return true;
    }
    this.learned.missed(LearnedSet.App, device, key(bucket));
    return false;
  }

  /** Base severity of a scenario for a device's class, one higher with a patient connected, one lower while it learns. */
  severity(scenario: string, device: number, tsUs: number, bump = 0): Severity {
    const base = scenarioOf(scenario).severity[this.profile(device)?.deviceClass ?? 'WS'];
    const patient = device >= 0 && this.directory.patientConnected?.(device) === true ? 1 : 0;
    const step = SEVERITIES.indexOf(base) + bump + patient - (this.learning(device, tsUs) ? 1 : 0);
    return SEVERITIES[Math.max(0, Math.min(SEVERITIES.length - 1, step))];
  }

  /**
   * The end of a flow the scenario weighs heavier for; the responder when both weigh the same. −1 when neither is ours.
   * By class alone: what a device passes through (learning, a patient connected) must not move the judgement to the
   * other end, which has learned other things.
   */
  graver(scenario: string, flow: number): Side | -1 {
    const a = this.device(flow, 0);
    const b = this.device(flow, 1);
    if (a < 0 || b < 0) return b >= 0 ? 1 : a >= 0 ? 0 : -1;
    const base = scenarioOf(scenario).severity;
    const rank = (d: number): number => SEVERITIES.indexOf(base[this.profile(d)?.deviceClass ?? 'WS']);
    return rank(a) > rank(b) ? 0 : 1;
  }

  /**
   * Habit of a pair: both ends keep it, and whoever has finished learning judges; what one of these knows is known. The
   * side is the graver of those that judge, −1 when neither end is ours.
   */
  pairHabit(
    scenario: string,
    flow: number,
    what: number | string,
    tsUs: number,
  ): { side: Side | -1; novelty: Novelty } {
    const graver = this.graver(scenario, flow);
    let side: Side | -1 = graver;
    let novelty: Novelty = Novelty.Known;
    let judges = false;
    for (const end of graver === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const device = this.device(flow, end);
      if (device < 0) continue;
      const far = (1 - end) as Side;
      const n = this.habit(device, this.keyOf(scenario, what, end, this.addressKey(flow, far)), tsUs);
      if (this.learning(device, tsUs)) {
        if (!judges && n === Novelty.Learned) novelty = n;
      } else if (!judges) {
        judges = true;
        side = end;
        novelty = n;
      } else if (n === Novelty.Known) novelty = n;
    }
    return { side, novelty };
  }

  #severityOf(e: Emission): Severity {
    const rank = (device: number): number => SEVERITIES.indexOf(this.severity(e.scenario, device, e.tsUs, e.bump ?? 0));
    const gravest = e.also === undefined || e.also < 0 ? rank(e.device) : Math.max(rank(e.device), rank(e.also));
    return SEVERITIES[e.atMost === undefined ? gravest : Math.min(gravest, SEVERITIES.indexOf(e.atMost))];
  }

  peerOf(flow: number, side: Side): { ip: string; port: number | null; mac: string | null; device: number } {
    const device = this.device(flow, side);
    return {
      ip: this.ip(flow, side),
      port: this.port(flow, side),
      mac: device < 0 ? null : (this.directory.get(device).macs[0] ?? null),
      device,
    };
  }

  #peer(e: Emission): Finding['peer'] {
    if (e.peer !== undefined) return e.peer;
    return e.flow >= 0 && e.peerSide !== undefined ? this.peerOf(e.flow, e.peerSide) : null;
  }

  emit(e: Emission): void {
    const s = scenarioOf(e.scenario);
    const peer = this.#peer(e);
    const accepted = this.keyOf('accepted', e.scenario, e.key ?? peer?.ip ?? '');
    if (e.device >= 0 && this.learned.knows(LearnedSet.App, e.device, accepted)) {
      this.counters.values[this.#accepted]++;
      return;
    }
    let n = this.#count.get(e.scenario);
    if (n === undefined) {
      n = this.counters.define('counter', 'wardwire_rule_findings_total', 'Findings by scenario.', {
        scenario: e.scenario,
      });
      this.#count.set(e.scenario, n);
    }
    this.counters.values[n]++;
    const share = 1 / e.reasons.length;
    const reasons: Reason[] = e.reasons.map((r) => ({
      what: 'rule',
      name: e.scenario,
      observed: r.observed,
      unit: r.unit,
      expectedLow: r.low ?? null,
      expectedHigh: r.high ?? null,
      share,
      text: r.text,
    }));
    this.#sink.finding({
      scenario: e.scenario,
      scenarioId: s.id,
      detector: 'rules',
      device: e.device,
      role: e.role,
      peer,
      flow: e.flow,
      tsUs: e.tsUs,
      severity: this.#severityOf(e),
      pValue: null,
      score: 1,
      threshold: 1,
      parts: [{ name: 'rules', share: 1 }],
      reasons,
      attack: s.attack,
      model: null,
      lessons: e.device < 0 ? [] : this.learned.lessons(e.device, accepted, e.regardless === true),
      ...(e.key === undefined ? {} : { key: e.key }),
    });
  }
}
