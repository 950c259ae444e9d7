import {
  type CommandResult,
  type IncidentWords,
  type Logger,
  type Mute,
  type MuteLimits,
  type OpenIncident,
  type OperatorCommand,
  type Profile,
  parseTimeUs,
  Random,
  type Taught,
  taughtOf,
  type Verdict,
  type VerdictDraft,
} from '../core/index.js';
import type { DeviceLog, LoggedVerdict } from '../store/index.js';
import { OperatorState } from '../verdict/index.js';
import { ulidFrom } from './ids.js';
import type { Settings } from './manifest.js';
import { newTiming } from './timing.js';

export interface IncidentDeskOptions {
  readonly logger: Logger;
  readonly wallUs: () => number;
  readonly seed: number;
  /** Open incidents remembered at most. */
  readonly max: number;
  /** A verdict of our own to be told. */
  readonly tell: (draft: VerdictDraft) => void;
  /** Everybody is to hear of a mute. */
  readonly announce: (mute: Mute) => void;
  /** What was called normal has changed. */
  readonly taught: (taught: readonly Taught[]) => void;
  /** A verdict was kept from the sinks, or broke a mute. */
  readonly counted: (what: 'muted' | 'acknowledged' | 'broke_mute') => void;
}

interface Known extends OpenIncident {
  readonly draft: VerdictDraft;
  /** Its newest verdict was muted. */
  muted: boolean;
}

/** Limits of mutes as the settings and the profiles have them. */
export function muteLimits(settings: Settings, profiles: readonly Profile[]): MuteLimits {
  const s = settings.incidents;
  return {
    usualS: s.mute_h * 3600,
    maxS: s.mute_max_h * 3600,
    guardedMaxS: s.mute_max_guarded_h * 3600,
    most: s.mutes_max,
    guardedTypes: profiles.filter((p) => p.deviceClass === 'LC' || p.deviceClass === 'PM').map((p) => p.type),
  };
}

/** The control process's part in incidents: which are open, and what people said of them. */
export class IncidentDesk {
  readonly #o: IncidentDeskOptions;
  readonly #state = new OperatorState();
  readonly #open = new Map<string, Known>();
  readonly #ids: Random;
  #log: DeviceLog | null = null;
  #inForce = new Set<number>();
  #taught = '';

  constructor(o: IncidentDeskOptions) {
    this.#o = o;
    this.#ids = new Random(o.seed ^ 0x1dc1de);
  }

  /** Takes what the disk knows: words in force, incidents that were open when the last sensor went away. */
  start(log: DeviceLog, open: readonly LoggedVerdict[]): void {
    this.#log = log;
    for (const { verdict, basis, quiet } of open) {
      if (basis === null) continue;
      const observedUs = parseTimeUs(verdict.observed_at);
      this.#remember({ verdict, basis, observedUs, live: false, timing: newTiming() }, quiet);
    }
    this.heard(log.incidentWords);
  }

  /** A person said something: everything that is in force now. */
  heard(words: IncidentWords): void {
    this.#state.set(words);
    const taught = taughtOf(words.normals);
    const text = JSON.stringify(taught);
    if (text !== this.#taught) {
      this.#taught = text;
      this.#o.taught(taught);
    }
    for (const m of this.#state.mutes(this.#o.wallUs())) {
      if (!m.guarded || m.announced) continue;
      this.#o.announce(m);
      this.#log?.announced(m.id);
    }
    this.tick();
  }

  get taught(): Taught[] {
    return taughtOf(this.#state.words.normals);
  }

  get mutes(): number {
    return this.#state.mutes(this.#o.wallUs()).length;
  }

  get acknowledged(): number {
    let n = 0;
    for (const a of this.#state.words.acks) if (this.#open.has(a.incident)) n++;
    return n;
  }

  /** What a sensor takes up again. */
  openIncidents(): OpenIncident[] {
    return [...this.#open.values()].map(({ verdict, key, firstUs, lastUs, severity }) => ({
      verdict,
      key,
      firstUs,
      lastUs,
      severity,
    }));
  }

  /** Has a person's word written down; the answer comes when it is on the disk and in force here. */
  do(command: OperatorCommand): Promise<CommandResult> {
    return this.#log?.do(command, this.#o.wallUs()) ?? Promise.resolve({ code: 'failed', text: 'not started yet' });
  }

  /** True when nobody wants word of it: it goes to the log only. Asked once for every verdict, before it is numbered. */
  quiet(draft: VerdictDraft): boolean {
    const { verdict } = draft;
    const nowUs = this.#o.wallUs();
    const { send, why, broken } = this.#state.judge(verdict, nowUs);
    for (const m of broken) this.#broke(m, verdict, nowUs);
    if (why !== null) this.#o.counted(why);
    if (verdict.incident.state === 'closed') this.#open.delete(verdict.incident.id);
    else if (draft.basis !== undefined) this.#remember(draft, why === 'muted');
    return !send;
  }

  /** About once a second: what a mute hid is told when it is over and the incident is not. */
  tick(): void {
    const nowUs = this.#o.wallUs();
    const now = new Set(this.#state.mutes(nowUs).map((m) => m.id));
    const over = [...this.#inForce].filter((id) => !now.has(id));
    this.#inForce = now;
    if (over.length === 0) return;
    this.#o.logger.log('notice', 'incidents.unmuted', `mutes no longer in force: ${over.join(', ')}`);
    for (const k of [...this.#open.values()]) {
      if (!k.muted || !this.#state.judge(k.verdict, nowUs).send) continue;
      const verdict: Verdict = { ...k.verdict, id: ulidFrom(this.#ids, nowUs), seq: 0, boot_id: '' };
      verdict.incident = { ...verdict.incident, state: 'update' };
      this.#o.tell({ ...k.draft, verdict, live: false, timing: newTiming() });
    }
  }

  #broke(m: Mute, v: Verdict, nowUs: number): void {
    this.#o.counted('broke_mute');
    this.#inForce.delete(m.id);
    this.#log?.broken(m.id, `${v.severity} ${v.incident.id}`, nowUs);
    this.#o.logger.log(
      'warning',
      'incidents.mute_broken',
      `mute ${m.id} is over: ${v.scenario} of ${v.device.id} is ${v.severity}, it was muted up to ${m.upTo}`,
    );
  }

  #remember(draft: VerdictDraft, muted: boolean): void {
    const { verdict, basis, observedUs } = draft;
    const { id } = verdict.incident;
    // the one told longest ago leaves: it is taken up again as a new incident
    if (!this.#open.has(id) && this.#open.size >= this.#o.max) {
      const [oldest] = this.#open.keys();
      this.#open.delete(oldest);
    }
    this.#open.delete(id);
    this.#open.set(id, {
      verdict,
      key: basis?.key ?? '',
      firstUs: parseTimeUs(verdict.incident.first_at),
      lastUs: observedUs,
      severity: verdict.severity,
      draft,
      muted,
    });
  }
}

/** Devices a mute is about, in words. */
export function muteWords(m: Mute): string {
  const parts = [
    m.device === null ? 'every device that keeps nobody alive and watches nobody' : `device ${m.device}`,
    m.scenario === null ? '' : `scenario ${m.scenario}`,
    m.peer === null ? '' : `peer ${m.peer}`,
  ];
  return parts.filter((p) => p !== '').join(', ');
}
