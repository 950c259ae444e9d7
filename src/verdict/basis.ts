import { type BasisFlow, type BasisRow, type FlowColumns, MAX_BASIS_BYTES, type VerdictBasis } from '../core/index.js';
import type { BuildContext } from './build.js';
import type { Incident } from './incidents.js';

/** What a verdict was made from, as it stands now. Bounded: a row that does not fit is left out. */
export function basisOf(
  c: BuildContext,
  incident: Incident,
  row: ((device: number, tsUs: number) => BasisRow | null) | undefined,
): VerdictBasis {
  const f = incident.newest;
  const lessons = (f.lessons ?? [])
    .filter((l) => l.device >= 0)
    .map((l) => ({ set: l.set, device: c.directory.get(l.device).id, key: l.key }));
  const basis: VerdictBasis = {
    key: incident.rest,
    lessons,
    row: f.device < 0 ? null : (row?.(f.device, f.tsUs) ?? null),
    flow: f.flow < 0 ? null : flowOf(c.columns, f.flow),
  };
  // 25 characters a number at most: the exact length is only worth counting when it could matter
  const numbers = basis.row === null ? 0 : basis.row.values.length + 2 * basis.row.shifts.length;
  const large = numbers * 25 > MAX_BASIS_BYTES - 1024;
  return large && JSON.stringify(basis).length > MAX_BASIS_BYTES ? { ...basis, row: null } : basis;
}

function flowOf(columns: FlowColumns, slot: number): BasisFlow {
  const end = (side: 0 | 1): string => {
    const ip = columns.ip(slot, side);
    return `${ip.includes(':') ? `[${ip}]` : ip}:${columns.port[2 * slot + side]}`;
  };
  const pair = (column: Float64Array): [number, number] => [column[2 * slot], column[2 * slot + 1]];
  return {
    initiator: end(0),
    responder: end(1),
    packets: pair(columns.packets),
    octets: pair(columns.octets),
    firstUs: columns.firstUs[slot],
    lastUs: columns.lastUs[slot],
  };
}
