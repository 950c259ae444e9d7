/** What the operator may order about devices by `wardwire baseline`; it travels from the command line to the sensor. */
export const ORDERS = ['approve', 'reject', 'freeze', 'unfreeze', 'relearn'] as const;

export interface BaselineOrder {
  /** Name of the order, unique: it is done once. */
  readonly id: string;
  readonly what: (typeof ORDERS)[number];
  /** Device ids; null: every device of `type`, or every device at all when that is null as well. */
  readonly devices: readonly string[] | null;
  readonly type: string | null;
}
