import type { Device } from '../core/index.js';
import type { DeviceTable } from './table.js';

/** A device nothing new is known of is handed out again this often, for its time of last use. */
const LAST_SEEN_US = 60_000_000;
/** A replay never asks who left. */
const MAX_GONE = 65_536;

/** Hands copies of the device records out: all of them, or what is new since the last time. */
export class Handover {
  readonly #exportedUs: Float64Array;
  #gone: string[] = [];
  /** Row the next look begins at: one that changes all the time does not keep others back. */
  #next = 0;

  constructor(
    private readonly table: DeviceTable,
    /** A device's record with its times brought up to date. */
    private readonly record: (device: number) => Device,
  ) {
    this.#exportedUs = new Float64Array(table.capacity).fill(Number.NEGATIVE_INFINITY);
  }

  /** A row is about to leave. */
  left(d: number): void {
    this.#exportedUs[d] = Number.NEGATIVE_INFINITY;
    if (this.#gone.length < MAX_GONE) this.#gone.push(this.table.records[d]!.id);
  }

  /** Devices of which something is new (at most `max`, the rest comes next time), and ids that left. */
  changes(nowUs: number, max: number): { devices: Device[]; gone: string[] } {
    const devices: Device[] = [];
    const { records, lastUs, high } = this.table;
    for (let n = 0; n < high && devices.length < max; n++) {
      const d = this.#next < high ? this.#next : 0;
      this.#next = d + 1;
      const r = records[d];
      if (r === undefined) continue;
      const seen = lastUs[d] > this.#exportedUs[d] && nowUs - this.#exportedUs[d] >= LAST_SEEN_US;
      if (!r.changed && !seen) continue;
      r.changed = false;
      this.#exportedUs[d] = nowUs;
      devices.push(this.#copy(d));
    }
    const gone = this.#gone;
    this.#gone = [];
    return { devices, gone };
  }

  /** Every device, oldest row first. */
  all(): Device[] {
    const out: Device[] = [];
    for (let d = 0; d < this.table.high; d++) if (this.table.records[d] !== undefined) out.push(this.#copy(d));
    return out;
  }

  /** A record that stays as it is. */
  #copy(d: number): Device {
    const { changed, ...r } = this.record(d) as Device & { changed?: boolean };
    void changed;
    return { ...r, macs: [...r.macs], addresses: [...r.addresses], evidence: r.evidence.map((e) => ({ ...e })) };
  }
}
