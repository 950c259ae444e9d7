import {
  type Ack,
  type IncidentWords,
  isGuarded,
  type Mute,
  NO_WORDS,
  SEVERITIES,
  type Verdict,
} from '../core/index.js';

/** What becomes of a verdict: sent, or kept in the log only, and by which word. */
export interface Judgement {
  readonly send: boolean;
  readonly why: 'muted' | 'acknowledged' | null;
  /** Mutes this verdict is graver than: they are over. */
  readonly broken: readonly Mute[];
}

const SEND: Judgement = { send: true, why: null, broken: [] };
const ACKNOWLEDGED: Judgement = { send: false, why: 'acknowledged', broken: [] };
const rank = (s: Verdict['severity']): number => SEVERITIES.indexOf(s);

/**
 * What the operator said of incidents, as verdicts meet it in the control process. Mutes are by wall time and expire by themselves; a
 * verdict graver than a mute allows ends it. A device that keeps somebody alive or watches him is muted only by its own name.
 */
export class OperatorState {
  #words: IncidentWords = NO_WORDS;
  readonly #acks = new Map<string, Ack>();
  /** Broken here and not yet gone from the words. */
  readonly #broken = new Set<number>();

  set(words: IncidentWords): void {
    this.#words = words;
    this.#acks.clear();
    for (const a of words.acks) this.#acks.set(a.incident, a);
    for (const id of this.#broken) if (!words.mutes.some((m) => m.id === id)) this.#broken.delete(id);
  }

  get words(): IncidentWords {
    return this.#words;
  }

  /** Mutes in force at a wall time, µs. */
  mutes(nowUs: number): Mute[] {
    return this.#words.mutes.filter((m) => m.untilUs > nowUs && m.endedUs === null && !this.#broken.has(m.id));
  }

  judge(v: Verdict, nowUs: number): Judgement {
    let broken: Mute[] | null = null;
    for (const m of this.#words.mutes) {
      if (m.untilUs <= nowUs || m.endedUs !== null || this.#broken.has(m.id) || !covers(m, v)) continue;
      if (rank(v.severity) <= rank(m.upTo)) return { send: false, why: 'muted', broken: broken ?? [] };
      broken ??= [];
      broken.push(m);
      this.#broken.add(m.id);
    }
    if (broken !== null) return { send: true, why: null, broken };
    const ack = this.#acks.get(v.incident.id);
    if (ack === undefined || v.incident.state !== 'update' || rank(v.severity) > rank(ack.severity)) return SEND;
    return ACKNOWLEDGED;
  }
}

/** Whether a mute is about such a verdict. */
export function covers(m: Mute, v: Verdict): boolean {
  if (m.device === null ? isGuarded(v) : m.device !== v.device.id) return false;
  if (m.peer !== null && m.peer !== v.peer?.ip && m.peer !== v.peer?.device_id) return false;
  if (m.scenario === null || m.scenario === v.scenario) return true;
  return m.scenario.endsWith('.*') && v.scenario.startsWith(m.scenario.slice(0, -1));
}
