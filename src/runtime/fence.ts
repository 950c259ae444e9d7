import { type Counters, WardwireError } from '../core/index.js';

/** More internal errors than this within a minute of event time mean that the process is not to be trusted. */
const ERRORS_A_MINUTE = 20;

/**
 * Our own bugs are fenced per flow: the flow whose decoder threw is only counted from there on. Above a rate the
 * sensor process gives up (exit 70) and is restarted by the control process.
 */
export class Fence {
  readonly #slots = new Set<number>();
  readonly #errors: number;
  readonly #counters: Counters;
  #windowUs = 0;
  #inWindow = 0;
  /** Text of the newest error: class and place, never traffic bytes. */
  last: string | null = null;

  constructor(counters: Counters) {
    this.#counters = counters;
    this.#errors = counters.define(
      'counter',
      'wardwire_internal_errors_total',
      'Decoder errors that were our own fault; each demotes one flow to counting.',
    );
  }

  open(slot: number): boolean {
    return this.#slots.size !== 0 && this.#slots.has(slot);
  }

  clear(slot: number): void {
    if (this.#slots.size !== 0) this.#slots.delete(slot);
  }

  /** @throws WardwireError('internal') above the rate */
  caught(slot: number, nowUs: number, error: unknown): void {
    this.#slots.add(slot);
    this.#counters.values[this.#errors]++;
    this.last =
      error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' | ') : 'non-error';
    if (nowUs - this.#windowUs > 60e6) {
      this.#windowUs = nowUs;
      this.#inWindow = 0;
    }
    if (++this.#inWindow > ERRORS_A_MINUTE) {
      throw new WardwireError('internal', `more than ${ERRORS_A_MINUTE} decoder errors in a minute: ${this.last}`);
    }
  }
}
