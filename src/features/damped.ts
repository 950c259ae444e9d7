/**
 * Damped incremental statistics (Mirsky et al., Kitsune, NDSS 2018, section IV-B): weight, linear and squared sum fade
 * by 2^(−λΔt). Here the fading factor; the sums live in the device row.
 */
const STEPS = 4096;
const TABLE = Float64Array.from({ length: STEPS + 2 }, (_, i) => 2 ** (-i / STEPS));

/** 2^(−x) for x ≥ 0 by table and linear interpolation; error below 4e-9, so that tiny steps do not add up to a bias. */
export function exp2neg(x: number): number {
  if (!(x > 0)) return 1;
  if (x >= 1) {
    if (x > 60) return 0;
    const n = x | 0;
    return exp2neg(x - n) / 2 ** n;
  }
  const p = x * STEPS;
  const i = p | 0;
  const t = TABLE[i];
  return t + (TABLE[i + 1] - t) * (p - i);
}

/** Rates of fading in 1/s: memory of about 1 s, 10 s and 60 s. */
export const LAMBDA = { second: 1, tenSeconds: 1 / 10, minute: 1 / 60 } as const;

/**
 * A damped count as a rate a second: a stream of r a second weighs r / (λ ln 2) in the long run. `passedS`: time since
 * the count was last brought up to date; `lambda` in 1/s.
 */
export function dampedRate(w: number, lambda: number, passedS: number): number {
  return w * exp2neg(passedS * lambda) * lambda * Math.LN2;
}

/** Mean of damped sums, NaN without weight. */
export function dampedMean(w: number, ls: number): number {
  return w > 0 ? ls / w : Number.NaN;
}

/** Standard deviation of damped sums, NaN for fewer than two values ever (`n`). */
export function dampedStd(w: number, ls: number, ss: number, n: number): number {
  if (n < 2 || !(w > 0)) return Number.NaN;
  const mean = ls / w;
  return Math.sqrt(Math.max(0, ss / w - mean * mean));
}
