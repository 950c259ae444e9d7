import { monotonicUs } from '../capture/index.js';

/** Monotonic time in ms, for progress and pauses. */
export const monotonicMs = (): number => monotonicUs() / 1000;
