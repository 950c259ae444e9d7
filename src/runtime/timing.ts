import { eventUs, monotonicUs } from '../capture/index.js';
import type { VerdictTiming } from '../core/index.js';

/** The clock is read for every 16th packet, and for one whose capture time is this much later than that of the last reading, µs. */
const READ_US = 1000;
/** An age beyond this was not measured on this machine's clock, µs. */
const ABSURD_US = 60e6;

/** Of what no packet decided: it is new now. */
export const newTiming = (): VerdictTiming => ({
  ageUs: 0,
  builtUs: monotonicUs(),
  stages: { capture: 0, decode: 0, score: 0 },
});

/** When the packet on the path came in and how long its verdict takes; monotonic, read sparingly. */
export class Timing {
  /** Entry of the packet on the path into the pipeline, or of the tick without one. */
  #enteredUs = 0;
  #readTsUs = Number.NEGATIVE_INFINITY;
  /** Start of the score under way, 0 none. */
  #scoreUs = 0;
  /** No packet is on the path: time itself moves. */
  #idle = false;

  constructor(private readonly live: boolean) {}

  /** A packet enters; `n` counts them. */
  packet(n: number, tsUs: number): void {
    if ((n & 15) !== 0 && tsUs - this.#readTsUs < READ_US) return;
    this.#readTsUs = tsUs;
    this.#enteredUs = monotonicUs();
    this.#idle = false;
  }

  /** Time moves without a packet. */
  tick(): void {
    this.#enteredUs = monotonicUs();
    this.#readTsUs = Number.NEGATIVE_INFINITY;
    this.#idle = true;
  }

  scoring(on: boolean): void {
    this.#scoreUs = on ? monotonicUs() : 0;
  }

  /** @param deciding the newest packet decided it, at capture time `observedUs` */
  of(observedUs: number, deciding: boolean): VerdictTiming {
    const builtUs = monotonicUs();
    const inside = Math.max(0, builtUs - this.#enteredUs);
    const score = this.#scoreUs > 0 ? Math.min(inside, Math.max(0, builtUs - this.#scoreUs)) : 0;
    const age = this.live && deciding && !this.#idle ? Math.max(0, eventUs() - observedUs) : inside;
    const ageUs = age > ABSURD_US ? inside : age;
    return { ageUs, builtUs, stages: { capture: Math.max(0, ageUs - inside), decode: inside - score, score } };
  }
}
