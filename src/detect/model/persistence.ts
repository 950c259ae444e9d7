import type { Counters } from '../../core/index.js';
import type { DetectSettings } from '../settings.js';

const START = 256;

/** Remembers of every device which of its newest scorings were odd, one bit each, and says when they are enough. */
export class Persistence {
  #bits = new Uint32Array(START);
  #mask = 0;
  #need = 0;
  readonly #counters: Counters;
  readonly #given: number;
  readonly #held: number;

  constructor(counters: Counters) {
    this.#counters = counters;
    this.#given = counters.define('counter', 'wardwire_anomaly_findings_total', 'Findings of the learned detectors.');
    this.#held = counters.define(
      'counter',
      'wardwire_anomaly_held_total',
      'Odd scorings not reported because they did not persist.',
    );
  }

  /** How many of how many scorings must be odd. */
  set(s: Pick<DetectSettings, 'persist_of' | 'persist_need'>): void {
    this.#mask = s.persist_of >= 32 ? 0xffffffff : (1 << s.persist_of) - 1;
    this.#need = Math.min(s.persist_need, s.persist_of);
  }

  /** Notes one scoring; true when it is odd and enough of the newest are. */
  note(device: number, odd: boolean): boolean {
    if (device >= this.#bits.length) {
      const more = new Uint32Array(Math.max(this.#bits.length * 2, device + 1));
      more.set(this.#bits);
      this.#bits = more;
    }
    const b = ((this.#bits[device] << 1) | (odd ? 1 : 0)) & this.#mask;
    this.#bits[device] = b;
    if (!odd) return false;
    let n = 0;
    for (let v = b >>> 0; v !== 0; v &= v - 1) n++;
    const enough = n >= this.#need;
    this.#counters.values[enough ? this.#given : this.#held]++;
    return enough;
  }
}
