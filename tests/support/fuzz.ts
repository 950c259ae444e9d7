import { Random } from '../../src/core/index.js';

/** Seconds a fuzz test runs: 5, 25 in CI, or WARDWIRE_FUZZ_S. */
export const FUZZ_S = Number(process.env.WARDWIRE_FUZZ_S ?? (process.env.CI === 'true' ? 25 : 5));
/** First seed; a failure names the seed that shows it again with WARDWIRE_FUZZ_SEED. */
const SEED = Number(process.env.WARDWIRE_FUZZ_SEED ?? Date.now() & 0x7fffffff);
/** A step that takes longer hangs, whatever else the machine does. */
const HANG_MS = 2000;

export interface FuzzResult {
  readonly rounds: number;
  /** Longest single step, ms (with whatever the machine did meanwhile). */
  readonly maxMs: number;
}

/**
 * Calls `round` with a generator of its own, seed after seed, until the time is over. A throw or a hang ends the test with
 * the seed and what `round` says of its input.
 */
export function fuzz(
  t: { fail(message: string): unknown; pass(message: string): unknown; comment(message: string): unknown },
  round: (rng: Random, say: (input: string) => void) => number,
): FuzzResult {
  const end = performance.now() + FUZZ_S * 1000;
  let rounds = 0;
  let steps = 0;
  let maxMs = 0;
  for (let seed = SEED; performance.now() < end; seed = (seed + 1) | 0, rounds++) {
    let input = '';
    const before = performance.now();
    try {
      steps += round(new Random(seed), (s) => {
        input = s;
      });
    } catch (error) {
      t.fail(`seed ${seed}: ${(error as Error).stack}\n${input.slice(0, 4000)}`);
      break;
    }
    const ms = performance.now() - before;
    if (ms > maxMs) maxMs = ms;
    if (ms > HANG_MS) {
      t.fail(`seed ${seed}: took ${ms.toFixed(0)} ms\n${input.slice(0, 4000)}`);
      break;
    }
  }
  t.pass(`${rounds} rounds`);
  t.comment(
    `fuzz: ${rounds} rounds, ${steps} steps in ${FUZZ_S} s, longest round ${maxMs.toFixed(1)} ms, seeds from ${SEED}`,
  );
  return { rounds, maxMs };
}
