const MAX = 256;
/** c · log2 c for 0 … 256. */
const C_LOG_C = Float64Array.from({ length: MAX + 1 }, (_, c) => (c === 0 ? 0 : c * Math.log2(c)));
const counts = new Uint16Array(256);

/** Shannon entropy in bits per octet of the first 256 bytes of `buf[from … to)`, NaN when empty. */
export function payloadEntropy(buf: Uint8Array, from: number, to: number): number {
  const end = Math.min(to, from + MAX);
  const n = end - from;
  if (n <= 0) return Number.NaN;
  for (let i = from; i < end; i++) counts[buf[i]]++;
  let sum = 0;
  for (let i = from; i < end; i++) {
    const c = counts[buf[i]];
    if (c !== 0) {
      sum += C_LOG_C[c];
      counts[buf[i]] = 0;
    }
  }
  return Math.max(0, Math.log2(n) - sum / n);
}

/** Entropy in bits of a histogram, NaN when it is empty: the sums of `h[0 … n)` and the `n` counts behind them. */
export function histogramEntropy(h: Uint16Array, n: number): number {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const c = h[i] + h[n + i];
    if (c > 0) {
      total += c;
      sum += c * Math.log2(c);
    }
  }
  return total > 0 ? Math.max(0, Math.log2(total) - sum / total) : Number.NaN;
}

/**
 * Jensen–Shannon distance 0…1 (square root of the divergence with base 2; Lin, IEEE Trans. IT 37, 1991) of two
 * unnormalised mixes laid out in `p[pFrom …]` (plus `p2`) and `q[qFrom …]`; NaN when either is empty.
 */
export function jsDistance(
  n: number,
  p: Float64Array,
  pFrom: number,
  p2From: number,
  q: Float64Array,
  qFrom: number,
): number {
  let sp = 0;
  let sq = 0;
  for (let i = 0; i < n; i++) {
    sp += p[pFrom + i] + p[p2From + i];
    sq += q[qFrom + i];
  }
  if (!(sp > 0) || !(sq > 0)) return Number.NaN;
  let js = 0;
  for (let i = 0; i < n; i++) {
    const now = p[pFrom + i] + p[p2From + i];
    const then = q[qFrom + i];
    // most protocols and message types are never met by a device
    if (now === 0 && then === 0) continue;
    const a = now / sp;
    const b = then / sq;
    const m = (a + b) / 2;
    if (a > 0) js += (a / 2) * Math.log2(a / m);
    if (b > 0) js += (b / 2) * Math.log2(b / m);
  }
  return Math.sqrt(Math.min(1, Math.max(0, js)));
}
