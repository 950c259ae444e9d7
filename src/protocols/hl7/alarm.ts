import type { Observation } from './observation.js';

/** MDC codes of an alert's phase and state (IHE PCD TF-2, PCD-04: OBX of the alert). */
const EVENT_PHASE = 68481;
const ALARM_STATE = 68482;
const CODE_DIGITS = 5;

/** What a phase or state says: the alarm is on, or it is over. */
const Says = { Nothing: 0, On: 1, Over: 2 } as const;
const PHASES: Readonly<Record<string, number>> = {
  start: Says.On,
  continue: Says.On,
  escalate: Says.On,
  end: Says.Over,
};
const STATES: Readonly<Record<string, number>> = { active: Says.On, inactive: Says.Over, off: Says.Over };
const LONGEST = 12;

/** Phase and state of the alert being read: an alarm that starts and is off, or ends and is active, contradicts itself. */
export class AlarmState {
  #phase: number = Says.Nothing;
  #state: number = Says.Nothing;
  #message = Number.MAX_SAFE_INTEGER;

  /** Takes an observation; true when it contradicts the one it belongs to. */
  take(o: Observation): boolean {
    // numbers of OBX begin anew with every message
    if (o.index <= this.#message) this.#phase = this.#state = Says.Nothing;
    this.#message = o.index;
    const from = o.from(3);
    if (from < 0 || o.bytes[from] !== 0x36 || o.to(3) - from !== CODE_DIGITS) return false;
    const code = codeOf(o.bytes, from);
    // the phase opens an alert; its state follows
    if (code === EVENT_PHASE) {
      this.#phase = wordOf(o, PHASES);
      this.#state = Says.Nothing;
    } else if (code === ALARM_STATE) this.#state = wordOf(o, STATES);
    else return false;
    const odd = this.#phase !== Says.Nothing && this.#state !== Says.Nothing && this.#phase !== this.#state;
    if (odd) this.#phase = this.#state = Says.Nothing;
    return odd;
  }
}

function codeOf(b: Buffer, from: number): number {
  let n = 0;
  for (let i = from; i < from + CODE_DIGITS; i++) n = n * 10 + b[i] - 48;
  return n;
}

function wordOf(o: Observation, words: Readonly<Record<string, number>>): number {
  const from = o.from(5);
  const to = o.to(5);
  if (from < 0 || to - from > LONGEST) return Says.Nothing;
  return words[o.bytes.toString('latin1', from, to).trim().toLowerCase()] ?? Says.Nothing;
}
