import type { Criticality } from '../core/index.js';
import type { DeviceTable } from './table.js';

const RANK: Readonly<Record<Criticality, number>> = { low: 0, medium: 1, high: 2, 'life-critical': 3 };

/** How critical devices are, as numbers for the packet path: 0 low, 1 medium, 2 high, 3 life-critical. */
export class CriticalityRanks {
  constructor(private readonly table: DeviceTable) {}

  /** Addresses of devices at least this critical. */
  addresses(least: number): string[] {
    const out: string[] = [];
    for (const r of this.table.records) if (r !== undefined && RANK[r.criticality] >= least) out.push(...r.addresses);
    return out;
  }

  /** Writes the rank of each device into `out` by its index. */
  write(out: Uint8Array): void {
    for (let d = 0; d < this.table.high; d++) {
      const r = this.table.records[d];
      out[d] = r === undefined ? 0 : RANK[r.criticality];
    }
  }
}
