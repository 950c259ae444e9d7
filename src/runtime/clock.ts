import { monotonicUs, wallUs } from '../capture/index.js';

/** Monotonic time in ms, for progress and pauses. */
export const monotonicMs = (): number => monotonicUs() / 1000;

/** Wall time, ms since 1970: when a person says something. */
export const wallMs = (): number => wallUs() / 1000;
