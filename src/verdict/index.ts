import {
  type BasisRow,
  type Counters,
  type Finding,
  type FindingSink,
  type Learned,
  type OpenIncident,
  SEVERITIES,
  type SettingsOf,
  type VerdictSink,
  type VerdictTiming,
} from '../core/index.js'; // prettier-ignore
import { basisOf } from './basis.js';
import { type BuildContext, buildVerdict, closedAgain, NO_DEVICE } from './build.js';
import { type Incident, Incidents } from './incidents.js';
import type { verdictSettings } from './settings.js';

export { MAX_VERDICT_BYTES, type ModelFacts } from './build.js';
export { incidentSettings } from './incident-settings.js';
export { formatVerdictLine } from './line.js';
export { covers, type Judgement, OperatorState } from './operator.js';
export { sensorSettings, verdictSettings } from './settings.js';

export interface VerdictsOptions extends BuildContext {
  readonly settings: SettingsOf<typeof verdictSettings>;
  readonly ulid: (tsUs: number) => string;
  readonly learned: Learned;
  readonly counters: Counters;
  /** Live capture: the deadline clock runs from the kernel timestamp; else from the wall time of entry. */
  readonly live: boolean;
  /** Age of what is told at this moment; `deciding` when the newest packet decided it. */
  readonly timing: (observedUs: number, deciding: boolean) => VerdictTiming;
  readonly sink: VerdictSink;
  /** Numbers of a device at this moment, for the log: null when there are none. */
  readonly row?: (device: number, tsUs: number) => BasisRow | null;
}

/** Incidents closed at one tick; the others are closed with the next ones, so that no step is long. */
const CLOSED_A_TICK = 16;

const rank = (f: Finding): number => SEVERITIES.indexOf(f.severity);

/** Findings in, verdicts out: one incident, not a storm. */
export class Verdicts implements FindingSink {
  readonly #o: VerdictsOptions;
  readonly #incidents: Incidents;
  readonly #findings: number;
  readonly #open: number;

  constructor(o: VerdictsOptions) {
    this.#o = o;
    this.#incidents = new Incidents({
      // read when they are needed: a reload may change them
      limits: () => ({
        closeAfterUs: o.settings.close_after_s * 1e6,
        updateMinUs: o.settings.update_min_s * 1e6,
        peersMax: o.settings.peers_max,
      }),
      max: o.settings.max_incidents,
      deviceId: (device) => (device < 0 ? NO_DEVICE : o.directory.get(device).id),
      id: o.ulid,
    });
    this.#findings = o.counters.define(
      'counter',
      'wardwire_findings_total',
      'Findings of rules and detectors before they become incidents.',
    );
    this.#open = o.counters.define('gauge', 'wardwire_incidents_open', 'Open incidents.');
  }

  /** Incidents that were open when an earlier sensor went away: they go on under their id, or are closed. */
  resume(before: readonly OpenIncident[]): void {
    this.#incidents.resume(before);
  }

  finding(f: Finding): void {
    this.#o.counters.values[this.#findings]++;
    const { incident, told, evicted } = this.#incidents.take(f, rank);
    if (evicted !== null) this.#tell(evicted, 'closed', f.tsUs);
    if (told !== null) this.#tell(incident, told, f.tsUs);
    this.#gauge();
  }

  /** Event time moves: quiet incidents close. */
  tick(nowUs: number): void {
    for (const i of this.#incidents.quiet(nowUs, CLOSED_A_TICK)) this.#tell(i, 'closed', nowUs);
    for (const b of this.#incidents.abandoned(nowUs)) this.#tellClosed(b, nowUs);
    this.#gauge();
  }

  /** The end: every open incident is closed. */
  flush(nowUs: number): void {
    for (const i of this.#incidents.all()) this.#tell(i, 'closed', Math.max(nowUs, i.lastUs));
    for (const b of this.#incidents.abandoned(Number.POSITIVE_INFINITY)) this.#tellClosed(b, nowUs);
    this.#gauge();
  }

  #tellClosed(b: OpenIncident, nowUs: number): void {
    const { ulid, sink, timing } = this.#o;
    const verdict = closedAgain(b.verdict, ulid(nowUs), nowUs);
    sink.verdict({ verdict, observedUs: nowUs, live: false, timing: timing(nowUs, false) });
  }

  #tell(incident: Incident, state: 'open' | 'update' | 'closed', observedUs: number): void {
    const o = this.#o;
    const verdict = buildVerdict(o, incident, state, o.ulid(observedUs), observedUs);
    const live = o.live && state !== 'closed';
    // what closes was told with its basis before
    const basis = state === 'closed' ? {} : { basis: basisOf(o, incident, o.row) };
    o.sink.verdict({ verdict, observedUs, live, timing: o.timing(observedUs, live), ...basis });
  }

  #gauge(): void {
    this.#o.counters.values[this.#open] = this.#incidents.size;
  }
}

export function createVerdicts(o: VerdictsOptions): Verdicts {
  return new Verdicts(o);
}
