import type { FeatureDef } from '../core/index.js';

/** Ratios are kept this far from 0 and 1, where the logit has no end. */
const EDGE = 0.005;

/** How a feature is compared: amounts by their logarithm, ratios by their logit, everything else as it is. */
export const View = { Plain: 0, Log: 1, Logit: 2 } as const;
export type View = (typeof View)[keyof typeof View];

export function viewOf(f: Pick<FeatureDef, 'unit' | 'transform'>): View {
  if (f.transform === 'log1p') return View.Log;
  return f.unit === 'ratio' ? View.Logit : View.Plain;
}

/** A value as it is compared. */
export function toView(view: View, x: number): number {
  if (view === View.Log) return x >= 0 ? Math.log1p(x) : -Math.log1p(-x);
  if (view === View.Logit) {
    const p = Math.min(1 - EDGE, Math.max(EDGE, x));
    return Math.log(p / (1 - p));
  }
  return x;
}

/** Back to the feature's own unit. */
export function fromView(view: View, y: number): number {
  if (view === View.Log) return y >= 0 ? Math.expm1(y) : -Math.expm1(-y);
  return view === View.Logit ? 1 / (1 + Math.exp(-y)) : y;
}
