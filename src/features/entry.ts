import type { FeatureDef } from '../core/index.js';
import type { DeviceColumns } from './columns.js';

/** What a feature may look at: one device, now. */
export interface Ask {
  readonly columns: DeviceColumns;
  device: number;
  tsUs: number;
  sec: number;
  min: number;
  /** Start of the device's scalars in `columns.row`. */
  row: number;
  /** Seconds of the 60 s window that the device has lived, 1 … 60. */
  windowS: number;
  /** Hours of the 60 min windows that the device has lived, 1/6 … 1: a young device's hourly rates compare with an old one's. */
  windowH: number;
  /** The device is in its learning period. */
  learning: boolean;
  /** Setting `hl7_ack_timeout_s`, µs. */
  ackTimeoutUs: number;
}

/** One feature: its description and how to read it. */
export interface FeatureEntry extends FeatureDef {
  /** Number in the catalogue of features and where the idea comes from. */
  readonly source: string;
  read(a: Ask): number;
}

/** a / b, NaN when there is nothing to divide by. */
export function ratio(a: number, b: number): number {
  return b > 0 ? a / b : Number.NaN;
}
