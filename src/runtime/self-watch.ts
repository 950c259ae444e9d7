import type { Severity, Verdict } from '../core/index.js';
import type { HandOver } from '../publish/index.js';
import type { StoreEvent } from '../store/index.js';
import { Alarms } from './alarms.js';
import { RUNGS } from './ladder.js';

/** Alarms that are over when nothing more comes. */
const END_BY_SILENCE = ['sensor.late', 'sensor.log.full', 'sensor.log.damaged', 'sensor.inventory.damaged'];
const TICK_MS = 1000;
/** An overload is over when no rung was taken for so long, µs: short ones in a row are one. */
const CALM_US = 5e6;
const RUNG_SEVERITY: readonly Severity[] = ['low', 'medium', 'high', 'high'];

const STEP: Readonly<Record<StoreEvent, string>> = {
  damaged: 'Look at the disk of the sensor; the damaged file is kept beside the new one.',
  unwritable: 'Make room on the disk of the sensor, or mend it; verdicts are published meanwhile.',
  recovered: 'Nothing to do.',
  full: 'Bring the sinks back that are owed verdicts, or raise store.log_max_mib.',
};

/** What the control process watches about itself and publishes as `sensor.*` verdicts: its files, and verdicts that came too late. */
export class SelfWatch {
  readonly #alarms: Alarms;
  readonly #timer: NodeJS.Timeout;
  #worst: { verdict: Verdict; times: HandOver } | null = null;
  #late = 0;
  /** Since when no rung is taken, monotonic µs, 0 one is or that was told; and the highest of this overload. */
  #calmUs = 0;
  #highest = 0;
  readonly #nowUs: () => number;

  constructor(...options: ConstructorParameters<typeof Alarms>) {
    this.#alarms = new Alarms(...options);
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
      safeStep: STEP[event],
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
      safeStep: 'Look at the load of the sensor, its disk and the way to the broker.',
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
      safeStep:
        'Give the sensor more processor time, or less traffic: another sensor, or a filter for what need not be watched.',
      blind: rung > 1,
      now: higher,
    });
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
