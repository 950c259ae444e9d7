import type { Criticality } from './device.js';

/** What the operator said of a device by its id; fields that are null say nothing. His word always wins. */
export interface OperatorWord {
  readonly id: string;
  readonly type: string | null;
  readonly name: string | null;
  readonly location: string | null;
  readonly criticality: Criticality | null;
  /** The row is part of this device. */
  readonly mergedInto: string | null;
}
