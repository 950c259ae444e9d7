import { type DeviceColumns, GAP_BINS } from './columns.js';

const MIN_GAPS = 50;
const LIMIT = 60_000;
/** √2 splits every octave in two. */
const HALF = Float64Array.from({ length: 31 }, (_, e) => 2 ** e * Math.SQRT2);

/** Bin of a gap in µs: two bins an octave, from 1 µs to over an hour. */
export function gapBin(us: number): number {
  if (us < 1) return 0;
  if (us >= 0x80000000) return GAP_BINS - 1;
  const e = 31 - Math.clz32(us);
  return e * 2 + (us >= HALF[e] ? 1 : 0);
}

/** Upper edge of a bin, µs. */
export function gapEdge(bin: number): number {
  return 2 ** ((bin + 1) / 2);
}

/** Counts a gap between two packets sent; old gaps fade by halving when the total grows large. */
export function addGap(c: DeviceColumns, d: number, us: number): void {
  c.gaps[d * GAP_BINS + gapBin(us)]++;
  if (++c.gapTotal[d] < LIMIT) return;
  let total = 0;
  for (let i = d * GAP_BINS; i < (d + 1) * GAP_BINS; i++) {
    c.gaps[i] >>>= 1;
    total += c.gaps[i];
  }
  c.gapTotal[d] = total;
}

/** Adds counts of a former run, scaled down so that they never outweigh a day's worth of new ones. */
export function restoreGaps(c: DeviceColumns, d: number, counts: readonly number[]): void {
  const sum = counts.reduce((a, n) => a + n, 0);
  const scale = sum > LIMIT / 2 ? LIMIT / 2 / sum : 1;
  for (let b = 0; b < Math.min(GAP_BINS, counts.length); b++) {
    const n = Math.min(65_535 - c.gaps[d * GAP_BINS + b], Math.max(0, Math.round(counts[b] * scale)));
    c.gaps[d * GAP_BINS + b] += n;
    c.gapTotal[d] += n;
  }
}

/** 99th percentile of a device's gaps in µs (upper edge of its half-octave bin), NaN before 50 gaps. */
export function gapP99(c: DeviceColumns, d: number): number {
  const total = c.gapTotal[d];
  if (total < MIN_GAPS) return Number.NaN;
  let above = total * 0.01;
  for (let b = GAP_BINS - 1; b >= 0; b--) {
    above -= c.gaps[d * GAP_BINS + b];
    if (above < 0) return gapEdge(b);
  }
  return gapEdge(0);
}
