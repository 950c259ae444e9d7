// Figures out of what a run left behind.

/** A metric of an exposition, summed over its labels; 0 when it is not there. */
export const metric = (text: string, name: string): number =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce((sum, m) => sum + Number(m[1]), 0);

/** The value that a share (0 to 1) of values in rising order does not exceed; NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** How many values in rising order lie up to each edge and above the one before; the last count is of those beyond all edges. */
export function histogram(sorted: readonly number[], edges: readonly number[]): number[] {
  let at = 0;
  const counts = edges.map((edge) => {
    const from = at;
    while (at < sorted.length && sorted[at] <= edge) at++;
    return at - from;
  });
  return [...counts, sorted.length - at];
}
