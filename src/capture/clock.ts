import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** Wall time, µs since 1970, with the resolution of the monotonic clock between steps of the wall clock. */
export function wallUs(): number {
  return Date.now() * 1000 + ((performance.now() * 1000) % 1000);
}

/** Monotonic time in µs since an arbitrary start. */
export function monotonicUs(): number {
  return performance.now() * 1000;
}

/** A fresh 31-bit seed for hash tables, so that outsiders cannot aim at a bucket. */
export function randomSeed(): number {
  return randomBytes(4).readUInt32LE(0) >>> 1;
}
