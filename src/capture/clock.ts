import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** A correction of the wall clock by more than this is a step, ms; less is the system keeping time. */
const STEP_MS = 20;
/** So long, ms, a packet stamped before a step may still be under way; and so many steps are remembered. */
const STEP_AGE_MS = 60_000;
const STEPS = 8;
/** Two packets in a row stamped further apart than this make the clock be looked at, µs. */
const JUMP_US = 1e6;
/** Stamps and clock are read apart: a packet may seem this much younger than now, µs. */
const EARLY_US = 2000;
/** CLOCK_MONOTONIC less performance.now(), µs: makes the time the same in every process and thread of the machine. */
const ORIGIN_US = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000;

interface Step {
  readonly atMs: number;
  /** Wall time less monotonic time before the step, ms. */
  readonly offsetMs: number;
}

/** Steps of the wall clock so far. */
export interface ClockSteps {
  readonly count: number;
  /** The newest, s; forward is positive. */
  readonly lastS: number;
  /** Event time less wall time: what all steps together took away, µs. */
  readonly shiftUs: number;
}

/**
 * Wall time, monotonic time and what lies between them. The two sources are handed in by tests.
 *
 * Event time is wall time without its steps: it begins as wall time, follows a clock that is slewed, and goes on evenly when the clock
 * is set. So a clock set back stops no timer, and one set forward ends no flow and silences no device.
 */
export class Clock {
  readonly #wallMs: () => number;
  readonly #monotonicMs: () => number;
  #offsetMs: number;
  readonly #steps: Step[] = [];
  /** Stamp of the newest packet, µs. */
  #seenUs = 0;
  #count = 0;
  #lastStepMs = 0;
  #shiftMs = 0;

  constructor(wallMs: () => number = Date.now, monotonicMs: () => number = () => performance.now()) {
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    this.#offsetMs = wallMs() - monotonicMs();
  }

  /**
   * Wall time, µs since 1970. The system tells whole milliseconds; the monotonic clock supplies what lies between, and is
   * pulled into the millisecond the system tells, so that steps and slewing of the wall clock are followed.
   */
  wallUs(): number {
    const ms = this.#wallMs();
    const mono = this.#monotonicMs();
    const guess = mono + this.#offsetMs;
    if (guess < ms) this.#pull(ms - mono, mono);
    else if (guess >= ms + 1) this.#pull(ms + 0.999 - mono, mono);
    return (mono + this.#offsetMs) * 1000;
  }

  /**
   * Age of a packet stamped by the wall clock, µs, never negative. Across a step of that clock, forward or back, the age is
   * taken on the clock that stamped the packet: of the clocks of the last minute the one on which it is youngest.
   */
  ageUs(tsUs: number): number {
    const now = this.wallUs();
    let age = now - tsUs;
    const mono = now / 1000 - this.#offsetMs;
    for (const s of this.#steps) {
      if (mono - s.atMs > STEP_AGE_MS) continue;
      const other = (mono + s.offsetMs) * 1000 - tsUs;
      if (other >= -EARLY_US && (other < age || age < -EARLY_US)) age = other;
    }
    return Math.max(0, age);
  }

  /** Event time, µs: never steps. */
  eventUs(): number {
    return this.wallUs() + this.#shiftMs * 1000;
  }

  /** Event time of a packet stamped by the wall clock, µs. A stamp of before a step is known by its age. */
  eventOf(tsUs: number): number {
    // a jump from one packet to the next is a pause, or a step that nobody has looked for yet
    if (tsUs > this.#seenUs + JUMP_US || tsUs < this.#seenUs - JUMP_US) this.wallUs();
    this.#seenUs = tsUs;
    if (this.#count === 0) return tsUs;
    if (this.#monotonicMs() - this.#steps[this.#steps.length - 1].atMs > STEP_AGE_MS)
      return tsUs + this.#shiftMs * 1000;
    return this.eventUs() - this.ageUs(tsUs);
  }

  /** Steps so far; looks at the clock first. */
  steps(): ClockSteps {
    this.wallUs();
    return { count: this.#count, lastS: this.#lastStepMs / 1000, shiftUs: this.#shiftMs * 1000 };
  }

  #pull(offsetMs: number, mono: number): void {
    const step = offsetMs - this.#offsetMs;
    if (Math.abs(step) > STEP_MS) {
      this.#steps.push({ atMs: mono, offsetMs: this.#offsetMs });
      if (this.#steps.length > STEPS) this.#steps.shift();
      this.#count++;
      this.#lastStepMs = step;
      this.#shiftMs -= step;
    }
    this.#offsetMs = offsetMs;
  }
}

/** This process's clock. */
export const clock = new Clock();

/** Wall time of this machine, µs since 1970. */
export const wallUs = (): number => clock.wallUs();

/** Event time of live traffic, µs: wall time without its steps; see `Clock`. */
export const eventUs = (): number => clock.eventUs();

/** Steps of this machine's wall clock since the process started. */
export const clockSteps = (): ClockSteps => clock.steps();

/** Monotonic time, µs since an arbitrary start that is the same for every process of this machine. */
export function monotonicUs(): number {
  return performance.now() * 1000 + ORIGIN_US;
}

/** A fresh 31-bit seed for hash tables, so that outsiders cannot aim at a bucket. */
export function randomSeed(): number {
  return randomBytes(4).readUInt32LE(0) >>> 1;
}
