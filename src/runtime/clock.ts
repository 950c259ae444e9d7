import { monotonicUs, wallUs } from '../capture/index.js';

/** Monotonic time in ms, for progress and pauses. */
export const monotonicMs = (): number => monotonicUs() / 1000;

/** Wall time, ms since 1970: when a person says something. */
export const wallMs = (): number => wallUs() / 1000;

/** Waits for all of them, but no longer than `ms`. */
export async function within(ms: number, all: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  await Promise.race([Promise.allSettled(all), new Promise((resolve) => setTimeout(resolve, ms).unref())]);
}
