import { table } from './tools.js';

/** One figure that was promised, and what a run found. */
export interface Target {
  readonly what: string;
  readonly found: number;
  readonly limit: number;
  readonly sense: 'at most' | 'at least';
  /** After the figures, e.g. ` ms` or `× ndpiReader`. */
  readonly unit: string;
}

const figure = (x: number): string =>
  Math.abs(x) >= 100 ? Math.round(x).toLocaleString('en') : Number(x.toPrecision(3)).toString();

/** `reached`, or by which factor it was missed. */
export function judge(t: Target): string {
  if (Number.isNaN(t.found)) return 'not measured';
  const by = t.sense === 'at most' ? t.found / t.limit : t.limit / t.found;
  return by <= 1 ? 'reached' : `missed by ${by.toFixed(2)}x`;
}

/** What, asked, found, result: the cells of a row of the targets. */
export function cells(t: Target): [string, string, string, string] {
  return [t.what, `${t.sense} ${figure(t.limit)}${t.unit}`, `${figure(t.found)}${t.unit}`, judge(t)];
}

export const TARGET_HEAD = ['target', 'asked', 'found', 'result'] as const;

/** The targets of a run as a table to print. */
export function targetTable(targets: readonly Target[]): string {
  return table(TARGET_HEAD, targets.map(cells));
}
