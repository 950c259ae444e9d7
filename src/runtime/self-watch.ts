import type { Severity, Verdict, VerdictDraft } from '../core/index.js';
import { scenarioOf } from '../detect/index.js';
import type { HandOver } from '../publish/index.js';
import type { StoreEvent } from '../store/index.js';
import { Alarms } from './alarms.js';
import { RUNGS } from './ladder.js';
import { blindDraft } from './self-verdict.js';
import type { SensorSpec } from './spec.js';
import type { TrustWord } from './trust.js';

/** Alarms that are over when nothing more comes. */
const END_BY_SILENCE = [
  'sensor.late',
  'sensor.log.full',
  'sensor.log.damaged',
  'sensor.inventory.damaged',
  'sensor.clock',
];
const TICK_MS = 1000;
/** An overload is over when no rung was taken for so long, µs: short ones in a row are one. */
const CALM_US = 5e6;
const RUNG_SEVERITY: readonly Severity[] = ['low', 'medium', 'high', 'high'];

/** What the control process watches about itself and publishes as `sensor.*` verdicts: its files, and verdicts that came too late. */
export class SelfWatch {
  readonly #alarms: Alarms;
  readonly #timer: NodeJS.Timeout;
  #worst: { verdict: Verdict; times: HandOver } | null = null;
  #late = 0;
  /** Since when no rung is taken, monotonic µs, 0 one is or that was told; and the highest of this overload. */
  #calmUs = 0;
  #highest = 0;
  readonly #tell: (draft: VerdictDraft) => void;
  readonly #nowUs: () => number;
  /** Doubts of the sensor process that last, by scenario. */
  readonly #doubts = new Set<string>();

  constructor(...options: ConstructorParameters<typeof Alarms>) {
    this.#alarms = new Alarms(...options);
    this.#tell = options[1];
    this.#nowUs = options[3];
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  /** Something happened to a file of the store. `count`: verdicts lost by it, as far as known. */
  store(which: 'log' | 'inventory', event: StoreEvent, text: string, count = 1): void {
    const sentence = `${text[0].toUpperCase()}${text.slice(1)}.`;
    if (event === 'recovered') return this.#alarms.clear(`sensor.${which}.unwritable`, sentence);
    this.#alarms.raise({
      scenario: `sensor.${which}.${event}`,
      severity: 'high',
      count: Math.max(1, count),
      observed: count,
      unit: 'verdicts',
      text: sentence,
      now: event === 'damaged',
    });
  }

  /** A verdict was handed over: when it was after its budget, that is told too. */
  handedOver(verdict: Verdict, times: HandOver): void {
    if (verdict.within_budget || verdict.device.type === 'sensor') return;
    this.#late++;
    const over = (v: Verdict): number => v.latency_ms / v.budget_ms;
    if (this.#worst === null || over(verdict) > over(this.#worst.verdict)) this.#worst = { verdict, times };
    const { verdict: w, times: t } = this.#worst;
    const [stage] = Object.entries(t.stages).sort((a, b) => b[1] - a[1])[0];
    const grave: Severity = w.device.criticality === 'life-critical' ? 'high' : 'medium';
    this.#alarms.raise({
      scenario: 'sensor.late',
      severity: grave,
      count: 1,
      observed: w.latency_ms,
      unit: 'ms',
      expected: w.budget_ms,
      text: `${this.#late} verdicts were handed over after their budget; the worst, for a ${w.device.type}, took ${w.latency_ms.toFixed(1)} ms of ${w.budget_ms}, most of it in ${stage}.`,
    });
  }

  /** A rung of the overload ladder was taken, or left; it is over when none is taken for a while. */
  overload(rung: number, lagMs: number): void {
    this.#calmUs = rung === 0 ? this.#nowUs() : 0;
    if (rung === 0) return;
    const higher = rung > this.#highest;
    this.#highest = Math.max(rung, this.#highest);
    this.#alarms.raise({
      scenario: 'sensor.overload',
      severity: RUNG_SEVERITY[rung - 1],
      count: 1,
      observed: lagMs,
      unit: 'ms',
      text: `Overload: the newest packet was ${lagMs.toFixed(0)} ms old, and rung ${rung} of ${RUNGS.length} was taken: ${RUNGS[rung - 1]}.`,
      blind: rung > 1,
      now: higher,
    });
  }

  /** What the sensor process doubts of its own sight began, goes on or ended. */
  doubts(words: readonly TrustWord[]): void {
    for (const w of words) {
      const scenario = `sensor.${w.doubt}`;
      if (!w.on) {
        this.#doubts.delete(scenario);
        this.#alarms.clear(scenario, w.text);
        continue;
      }
      const again = this.#doubts.has(scenario);
      if (w.doubt !== 'clock') this.#doubts.add(scenario);
      const severity = w.blind ? 'high' : scenarioOf(scenario).severity.LC;
      this.#alarms.raise({ ...w, scenario, severity, count: again ? 0 : 1 });
    }
  }

  /** The sensor process had died between two wall times, µs. What the last one doubted the next one will have to say anew. */
  blind(spec: SensorSpec, fromUs: number, untilUs: number, cause: string): void {
    this.#tell(blindDraft(spec, fromUs, untilUs, cause));
    for (const scenario of this.#doubts) this.#alarms.clear(scenario, 'The sensor process was started anew.');
    this.#doubts.clear();
  }

  #tick(): void {
    this.#alarms.tick(END_BY_SILENCE);
    if (this.#calmUs === 0 || this.#nowUs() - this.#calmUs < CALM_US) return;
    this.#calmUs = 0;
    this.#highest = 0;
    this.#alarms.clear('sensor.overload', 'The overload is over: everything is decoded again.');
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
