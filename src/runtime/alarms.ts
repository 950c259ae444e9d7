import type { Severity, VerdictDraft } from '../core/index.js';
import { scenarioOf } from '../detect/index.js';
import { type SelfWord, selfDraft } from './self-verdict.js';
import type { SensorSpec } from './spec.js';

/** Least time between two verdicts of one alarm, µs; what comes meanwhile is counted into the next. */
const BETWEEN_US = 60e6;

export interface Alarm {
  readonly scenario: string;
  readonly severity: Severity;
  readonly count: number;
  readonly observed: number;
  readonly unit: string;
  readonly expected?: number;
  readonly text: string;
  readonly blind?: boolean;
  /** Told at once, however short ago the last one was: it got worse. */
  readonly now?: boolean;
}

interface Open {
  incident: string;
  fromUs: number;
  toldUs: number;
  count: number;
  last: Alarm;
  /** Something came since it was last told. */
  more: boolean;
}

/** What the sensor has to say about itself, at a bounded rate: one incident an alarm, told at once, then at most once a minute. */
export class Alarms {
  readonly #open = new Map<string, Open>();

  constructor(
    private readonly spec: Pick<SensorSpec, 'settings' | 'version'>,
    private readonly tell: (draft: VerdictDraft) => void,
    private readonly wallUs: () => number,
    /** Monotonic time, µs. */
    private readonly nowUs: () => number,
  ) {}

  raise(a: Alarm): void {
    const now = this.nowUs();
    let o = this.#open.get(a.scenario);
    if (o === undefined) {
      o = { incident: '', fromUs: this.wallUs(), toldUs: now, count: a.count, last: a, more: false };
      this.#open.set(a.scenario, o);
      o.incident = this.#say(o, 'open');
      return;
    }
    o.count += a.count;
    o.last = a;
    o.more = true;
    if (a.now === true || now - o.toldUs >= BETWEEN_US) this.#update(o, now);
  }

  /** It is over: told once when it was open. */
  clear(scenario: string, text: string): void {
    const o = this.#open.get(scenario);
    if (o === undefined) return;
    this.#open.delete(scenario);
    o.last = { ...o.last, text };
    this.#say(o, 'closed');
  }

  /** Call about once a second: tells what was held back, and closes what has ended by being silent. */
  tick(endsBySilence: readonly string[]): void {
    const now = this.nowUs();
    for (const [scenario, o] of this.#open) {
      if (now - o.toldUs < BETWEEN_US) continue;
      if (o.more) this.#update(o, now);
      else if (endsBySilence.includes(scenario)) this.clear(scenario, `${o.last.text} Since then nothing more.`);
    }
  }

  #update(o: Open, now: number): void {
    o.toldUs = now;
    o.more = false;
    this.#say(o, 'update');
  }

  #say(o: Open, state: NonNullable<SelfWord['incident']>['state']): string {
    const { last } = o;
    const draft = selfDraft(this.spec, {
      ...last,
      safeStep: scenarioOf(last.scenario).safeStep,
      detector: 'supervisor',
      fromUs: o.fromUs,
      untilUs: this.wallUs(),
      expected: last.expected ?? 0,
      blind: last.blind ?? false,
      incident: { id: o.incident === '' ? null : o.incident, state, count: o.count },
    });
    this.tell(draft);
    return draft.verdict.incident.id;
  }
}
