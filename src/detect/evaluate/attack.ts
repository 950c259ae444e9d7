import type { Random } from '../../core/index.js';
import type { Table } from './table.js';

/** How an attacker tries to pass: copies what is usual, does less at a time, or blurs what he does. */
export const ATTACKS = ['mimicry', 'slow', 'noise'] as const;
export type AttackKind = (typeof ATTACKS)[number];

/** Shares of the way from the attack as it was to one that is fully disguised. */
export const STRENGTHS: readonly number[] = [0, 0.25, 0.5, 0.75, 0.9];
/** Quantiles of the benign rows that a mimic stays within. */
const LOW = 0.05;
const HIGH = 0.95;

/** Text of each kind for a report. */
export const ATTACK_TEXT: Readonly<Record<AttackKind, string>> = {
  mimicry: 'that share of the columns is brought inside the benign 5 % to 95 % quantiles, names to the usual one',
  slow: 'every number goes that share of the way to the benign median',
  noise: 'noise of that many benign interquartile ranges is added to every number',
};

/**
 * The attack rows of a table, disguised: a table of its own with the same columns. Knows of the benign rows only what
 * an attacker who watched the line could know, `benign` being the rows he saw.
 */
export function disguise(
  t: Table,
  rows: readonly number[],
  benign: readonly number[],
  kind: AttackKind,
  strength: number,
  random: Random,
): Table {
  const w = t.columns.length;
  const values = new Float64Array(rows.length * w);
  rows.forEach((r, i) => {
    values.set(t.values.subarray(r * w, (r + 1) * w), i * w);
  });
  const label = Int16Array.from(rows, (r) => t.label[r]);
  t.columns.forEach((column, c) => {
    const seen = Float64Array.from(benign, (r) => t.values[r * w + c])
      .filter((v) => !Number.isNaN(v))
      .sort();
    if (seen.length === 0) return;
    const q = (p: number): number => seen[Math.round(p * (seen.length - 1))];
    const usual = column.kind === 'name' ? commonest(seen) : q(0.5);
    const [low, high, range] = [q(LOW), q(HIGH), q(0.75) - q(0.25)];
    for (let i = 0; i < rows.length; i++) {
      const v = values[i * w + c];
      // the same dice for every column and row, whatever the values
      const [chosen, blur] = [random.float() < strength, random.normal()];
      if (Number.isNaN(v)) continue;
      if (kind === 'mimicry') {
        if (chosen) values[i * w + c] = column.kind === 'name' ? usual : Math.min(high, Math.max(low, v));
      } else if (column.kind === 'name') continue;
      else if (kind === 'slow') values[i * w + c] = v + (usual - v) * strength;
      else values[i * w + c] = v + blur * strength * range;
    }
  });
  return { ...t, values, rows: rows.length, label };
}

function commonest(sorted: Float64Array): number {
  let best = sorted[0];
  let most = 0;
  for (let i = 0, from = 0; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i] === sorted[from]) continue;
    if (i - from > most) [most, best] = [i - from, sorted[from]];
    from = i;
  }
  return best;
}
