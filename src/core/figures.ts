/** Numbers of single devices and links on their way to the metrics: the sensor tells what is new, bounded, once a second. */

/** How odd a device is and where its features lie. */
export interface DeviceFigures {
  readonly device: string;
  /** 0 ordinary … 1, on the logarithmic scale of the p-value. */
  readonly score: number;
  /**
   * By feature of `FIGURE_FEATURES`: 0 at the lower end of what is usual for the device, 1 at the upper; NaN not observed.
   * Amounts are placed by their logarithm.
   */
  readonly positions: Float32Array;
}

/** HL7 between two devices since the sensor started. */
export interface LinkFigures {
  readonly sender: string;
  readonly receiver: string;
  messages: number;
  acks: number;
  naks: number;
  /** Acknowledgements whose message was seen, and their times together. */
  timed: number;
  ackSeconds: number;
}

/** As last told, by device id and by link. */
export interface Figures {
  readonly devices: Map<string, DeviceFigures>;
  readonly links: Map<string, LinkFigures>;
}

/** Features whose place in the usual range is told of each device: few, understood by people, seen on most devices. */
export const FIGURE_FEATURES = [
  'pkts_out_rate',
  'pkts_in_rate',
  'bytes_out_rate',
  'bytes_in_rate',
  'iat_out_mean',
  'payload_entropy',
  'active_flows',
  'new_flows_rate',
  'uniq_peers',
  'conn_fail_ratio',
] as const;

/** What a sensor tells since the last time. */
export interface NewFigures {
  readonly devices: readonly DeviceFigures[];
  readonly links: readonly LinkFigures[];
}

/** Devices and links remembered at most, over every start of a sensor; those told first leave. */
const MOST = 65_536;

/** Takes over what a sensor told. */
export function takeFigures(all: Figures, fresh: NewFigures): void {
  for (const d of fresh.devices) put(all.devices, d.device, d);
  for (const l of fresh.links) put(all.links, `${l.sender} ${l.receiver}`, l);
}

function put<T>(into: Map<string, T>, key: string, value: T): void {
  into.set(key, value);
  if (into.size > MOST) into.delete(into.keys().next().value as string);
}
