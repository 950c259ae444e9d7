/** sign(x) · ln(1 + |x|): draws wild values in, so that no single one drowns the rest. */
export const signedLog = (x: number): number => (x >= 0 ? Math.log1p(x) : -Math.log1p(-x));
