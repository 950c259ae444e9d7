import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** Wall time less monotonic time, ms. */
let offsetMs = performance.timeOrigin;

/**
 * Wall time, µs since 1970. The system tells whole milliseconds; the monotonic clock supplies what lies between, and is
 * pulled into the millisecond the system tells, so that steps and slewing of the wall clock are followed.
 */
export function wallUs(): number {
  const ms = Date.now();
  const mono = performance.now();
  const guess = mono + offsetMs;
  if (guess < ms) offsetMs = ms - mono;
  else if (guess >= ms + 1) offsetMs = ms + 0.999 - mono;
  return (mono + offsetMs) * 1000;
}

/** Monotonic time in µs since an arbitrary start. */
export function monotonicUs(): number {
  return performance.now() * 1000;
}

/** A fresh 31-bit seed for hash tables, so that outsiders cannot aim at a bucket. */
export function randomSeed(): number {
  return randomBytes(4).readUInt32LE(0) >>> 1;
}
