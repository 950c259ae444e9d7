import { clockSteps, hasPriorities, monotonicUs } from '../capture/index.js';
import type { PacketSource, SourceStats } from '../core/index.js';
import type { Settings } from './manifest.js';
import type { Pipeline } from './pipeline.js';
import { DOUBTS, Trust, type TrustWord } from './trust.js';

/** Gathers what `Trust` judges from a live source and the pipeline behind it, and counts what comes of it. */
export class Sentry {
  readonly #trust: Trust;
  readonly #pipeline: Pipeline;
  readonly #source: PacketSource;
  readonly #doubts: readonly number[];
  readonly #n: Record<'blind' | 'steps' | 'step' | 'talking', number>;

  constructor(settings: Settings['trust'], pipeline: Pipeline, source: PacketSource) {
    this.#trust = new Trust(settings);
    this.#pipeline = pipeline;
    this.#source = source;
    const c = pipeline.counters;
    const text = '1 while the sensor doubts its own sight, by reason.';
    this.#doubts = DOUBTS.map((reason) => c.define('gauge', 'wardwire_sensor_doubt', text, { reason }));
    this.#n = {
      blind: c.define('gauge', 'wardwire_sensor_blind', '1 while silence of devices cannot be told from blindness.'),
      steps: c.define('counter', 'wardwire_clock_steps_total', 'Times the wall clock was set while the sensor ran.'),
      step: c.define('gauge', 'wardwire_clock_step_seconds', 'The newest step of the wall clock; forward is positive.'),
      talking: c.define('gauge', 'wardwire_devices_talking', 'Devices heard within half a minute, at the last count.'),
    };
  }

  get blind(): boolean {
    return this.#trust.blind;
  }

  /** To be called once a second. `rung`: of the overload ladder; from the second on devices are not heard. Answers what is to be told. */
  look(stats: SourceStats, rung = 0): TrustWord[] {
    const p = this.#pipeline;
    const { counters } = p;
    const clock = clockSteps();
    const words = this.#trust.look({
      nowUs: monotonicUs(),
      stats,
      health: hasPriorities(this.#source) ? this.#source.health() : null,
      clock,
      duplicates: counters.get('wardwire_duplicate_packets_total'),
      oneSided: counters.get('wardwire_flows_one_sided'),
      twoSided: counters.get('wardwire_flows_two_sided'),
      shedding: rung > 1,
      talking: (withinUs) => this.#talking(withinUs),
    });
    const v = counters.values;
    DOUBTS.forEach((d, i) => {
      v[this.#doubts[i]] = Number(this.#trust.has(d));
    });
    v[this.#n.blind] = Number(this.#trust.blind);
    v[this.#n.steps] = clock.count;
    v[this.#n.step] = clock.lastS;
    v[this.#n.talking] = this.#trust.talking;
    return words;
  }

  #talking(withinUs: number): number {
    const { directory } = this.#pipeline.inventory;
    const since = this.#pipeline.nowUs - withinUs;
    let n = 0;
    for (let d = 0; d < directory.size; d++) if (directory.lastUs(d) >= since) n++;
    return n;
  }
}
