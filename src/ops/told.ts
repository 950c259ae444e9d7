import { SEVERITIES, type Severity, type Verdict } from '../core/index.js';

/** Devices remembered at most; the one whose newest verdict is oldest leaves. */
const MOST = 65_536;

/** What was handed over about a device since the start. */
export interface DeviceTold {
  count: number;
  /** When a verdict of each severity was handed over last, ms since 1970; 0 never. In the order of `SEVERITIES`. */
  readonly lastMs: Float64Array;
}

/** Verdicts by device: how many, and when the newest of each severity. Times and not only counts, because a first increment from nothing is no increase. */
export class Told {
  readonly #byDevice = new Map<string, DeviceTold>();

  take(v: Verdict, nowMs: number): void {
    const { id } = v.device;
    const told = this.#byDevice.get(id) ?? { count: 0, lastMs: new Float64Array(SEVERITIES.length) };
    this.#byDevice.delete(id);
    this.#byDevice.set(id, told);
    told.count++;
    told.lastMs[SEVERITIES.indexOf(v.severity as Severity)] = nowMs;
    if (this.#byDevice.size > MOST) this.#byDevice.delete(this.#byDevice.keys().next().value as string);
  }

  of(device: string): DeviceTold | undefined {
    return this.#byDevice.get(device);
  }
}
