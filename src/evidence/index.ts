import {
  type Counters,
  type DeviceDirectory,
  formatTimeUs,
  type OpenIncident,
  type PacketView,
  SEVERITIES,
  type SettingsOf,
  type Verdict,
} from '../core/index.js';
import type { CaptureFacts } from './manifest.js';
import { type Cut, digestOfCut, PacketRing } from './ring.js';
import type { evidenceSettings } from './settings.js';
import { EvidenceWriter } from './writer.js';

export { evidenceProblems, identitiesOf } from './age.js';
export { evidenceFolder } from './folders.js';
export type { CaptureEntry } from './manifest.js';
export { EvidenceReader, type Judged, type ShownPacket } from './read.js';
export { evidenceSettings } from './settings.js';

const HOUR_US = 3_600e6;
const NOTHING = new Int32Array(new ArrayBuffer(0));

export interface EvidenceOptions {
  readonly settings: SettingsOf<typeof evidenceSettings>;
  /** Folder of the captures. */
  readonly dir: string;
  /** Sensor processes that keep evidence, each in a folder of its own: they share what may be kept on disk. */
  readonly writers?: number;
  /** Rows of the device table. */
  readonly maxDevices: number;
  readonly directory: DeviceDirectory;
  readonly counters: Counters;
  readonly ulid: (tsUs: number) => string;
  /** Name and version, as a capture file says who wrote it. */
  readonly program: string;
  /** Something an operator must hear. */
  readonly trouble: (event: string, text: string) => void;
}

/** A capture that waits for what follows its verdict. */
interface Waiting {
  readonly facts: CaptureFacts;
  readonly before: Cut;
  readonly device: number;
  readonly since: number;
  readonly untilUs: number;
  readonly comment: string;
  readonly packetComment: string;
}

/**
 * Keeps recent packets and cuts a capture for each incident. The cut before the verdict is taken and named at once, so that the
 * verdict leaves with its proof's digest; what follows is added later, and a thread of its own writes the file.
 */
export class Evidence {
  readonly #o: EvidenceOptions;
  readonly #ring: PacketRing;
  readonly #writer: EvidenceWriter;
  readonly #counters: Counters;
  /** Proof of open incidents. */
  readonly #known = new Map<string, NonNullable<Verdict['evidence']>>();
  #waiting: Waiting[] = [];
  /** Cuts a device may still have, and when that was counted, µs. */
  readonly #left: Float32Array;
  readonly #countedUs: Float64Array;
  readonly #c;

  constructor(o: EvidenceOptions) {
    this.#o = o;
    const { settings: s, counters, writers = 1 } = o;
    this.#counters = counters;
    this.#ring = new PacketRing(s.ring_mib * 1048576, o.maxDevices, s.payload === 'full');
    this.#left = new Float32Array(o.maxDevices);
    this.#countedUs = new Float64Array(o.maxDevices).fill(-HOUR_US);
    const text = 'Verdicts of new incidents by what became of their capture before it was handed to the disk.';
    const define = (result: string): number =>
      counters.define('counter', 'wardwire_evidence_cuts_total', text, { result });
    this.#c = {
      cut: define('cut'),
      limited: define('limited'),
      empty: define('empty'),
      busy: define('busy'),
      reach: counters.define(
        'gauge',
        'wardwire_evidence_reach_seconds',
        'How far back the packets in memory reach; 0 while nothing was overwritten.',
      ),
    };
    this.#writer = new EvidenceWriter({
      worker: {
        dir: o.dir,
        maxBytes: (s.quota_mib * 1048576) / writers,
        maxFiles: Math.ceil(s.max_files / writers),
        recipients: s.recipients,
        program: o.program,
      },
      counters,
      trouble: o.trouble,
    });
  }

  /** Incidents that go on from an earlier sensor keep the proof they had. */
  resume(before: readonly OpenIncident[]): void {
    for (const { verdict: v } of before) if (v.evidence !== null) this.#known.set(v.incident.id, v.evidence);
  }

  /** The path of one packet, after inventory has named both ends. */
  packet(view: PacketView): void {
    this.#ring.packet(view);
  }

  /**
   * Proof of a verdict that is about to leave: cut now for a new incident, the same for its updates, null where there is none.
   * `device` −1: the verdict is about no device. `nowUs` is its capture time.
   */
  of(v: Verdict, device: number, nowUs: number): Verdict['evidence'] {
    const id = v.incident.id;
    const known = this.#known.get(id);
    if (v.incident.state === 'closed') this.#known.delete(id);
    if (known !== undefined || v.incident.state === 'closed') return known ?? null;
    if (device < 0 || SEVERITIES.indexOf(v.severity) < SEVERITIES.indexOf(this.#o.settings.min_severity)) return null;
    const evidence = this.#cut(v, device, nowUs);
    if (evidence !== null) this.#known.set(id, evidence);
    return evidence;
  }

  /** Event time moves: captures whose time after the verdict is over are written. */
  tick(nowUs: number): void {
    const reach = this.#ring.reachUs();
    this.#counters.values[this.#c.reach] = reach > 0 && reach <= nowUs ? (nowUs - reach) / 1e6 : 0;
    if (this.#waiting.length === 0) return;
    for (const w of this.#waiting) if (w.untilUs <= nowUs) this.#write(w);
    this.#waiting = this.#waiting.filter((w) => w.untilUs > nowUs);
  }

  /** The end: what waits is written with what there is. */
  finish(): void {
    for (const w of this.#waiting) this.#write(w);
    this.#waiting = [];
  }

  /** Resolves when every capture is on disk. Twice is harmless. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  #cut(v: Verdict, device: number, nowUs: number): Verdict['evidence'] {
    const { settings: s, directory } = this.#o;
    const values = this.#counters.values;
    if (this.#writer.busy) {
      values[this.#c.busy]++;
      return null;
    }
    if (!this.#may(device, nowUs)) {
      values[this.#c.limited]++;
      return null;
    }
    const cut = this.#ring.cut({
      device,
      // a row of the device table may have been another device's
      fromUs: Math.max(nowUs - s.before_s * 1e6, directory.firstUs(device)),
      since: 0,
      maxPackets: s.max_packets,
      maxBytes: s.max_cut_kib * 1024,
    });
    if (cut.packets === 0) {
      values[this.#c.empty]++;
      return null;
    }
    this.#left[device]--;
    values[this.#c.cut]++;
    const evidence = {
      id: this.#o.ulid(nowUs),
      sha256: digestOfCut(cut),
      packets: cut.packets,
      from: formatTimeUs(cut.firstUs),
      to: formatTimeUs(cut.lastUs),
    };
    const facts: CaptureFacts = {
      id: evidence.id,
      verdict: v.id,
      incident: v.incident.id,
      scenario: v.scenario,
      severity: v.severity,
      device: v.device.id,
      device_type: v.device.type,
      payload: s.payload,
      packets: cut.packets,
      packets_sha256: evidence.sha256,
      packets_after: 0,
      from: evidence.from,
      to: evidence.to,
      trigger: v.observed_at,
      incomplete: cut.incomplete,
    };
    const waiting: Waiting = {
      facts,
      before: cut,
      device,
      since: this.#ring.mark,
      untilUs: nowUs + s.after_s * 1e6,
      comment: fileComment(facts),
      packetComment: packetComment(v, cut.lastUs >= nowUs),
    };
    if (s.after_s === 0) this.#write(waiting);
    else this.#waiting.push(waiting);
    return evidence;
  }

  #write(w: Waiting): void {
    const { settings: s, directory } = this.#o;
    const after =
      s.after_s === 0
        ? null
        : this.#ring.cut({
            device: w.device,
            fromUs: directory.firstUs(w.device),
            since: w.since,
            maxPackets: s.max_packets,
            maxBytes: s.max_cut_kib * 1024,
          });
    const facts: CaptureFacts =
      after === null || after.packets === 0
        ? w.facts
        : {
            ...w.facts,
            packets_after: after.packets,
            to: formatTimeUs(after.lastUs),
            incomplete: w.facts.incomplete || after.incomplete,
          };
    this.#writer.write({
      t: 'write',
      facts,
      before: w.before.words,
      after: after?.words ?? NOTHING,
      comment: w.comment,
      packetComment: w.packetComment,
    });
  }

  /** Whether a device may have another capture: as many an hour as the settings say, event time. */
  #may(device: number, nowUs: number): boolean {
    const most = this.#o.settings.device_cuts_per_hour;
    const since = nowUs - this.#countedUs[device];
    if (since > 0) {
      this.#left[device] = Math.min(most, this.#left[device] + (since / HOUR_US) * most);
      this.#countedUs[device] = nowUs;
    }
    return this.#left[device] >= 1;
  }
}

function fileComment(f: CaptureFacts): string {
  const kept = f.payload === 'full' ? 'whole packets' : 'headers only, no payload';
  return `evidence ${f.id} of verdict ${f.verdict}: ${f.scenario} (${f.severity}), ${f.device_type} ${f.device}; ${kept}`;
}

function packetComment(v: Verdict, deciding: boolean): string {
  return [
    `${deciding ? 'Deciding packet' : 'Last packet before the verdict'}: verdict ${v.id}`,
    `${v.scenario} (${v.severity}), incident ${v.incident.id}`,
    ...v.reasons.slice(0, 3).map((r) => r.text),
  ].join('\n');
}

export function createEvidence(o: EvidenceOptions): Evidence {
  return new Evidence(o);
}
