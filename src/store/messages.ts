/** Between the control process's main thread and the store's worker. */
export interface WorkerOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly memoryBytes: number;
  readonly groupMs: number;
  /** Wall time of the start, ms: part of the name of a file that is set aside. */
  readonly startMs: number;
}

export interface StoredVerdict {
  readonly id: string;
  readonly boot: string;
  readonly seq: number;
  /** Place in SEVERITIES: what leaves first when the log is full. */
  readonly rank: number;
  readonly observed: string;
  readonly incident: string | null;
  readonly body: string;
  /** What it was made from, JSON. */
  readonly basis: string | null;
  /** Kept from the sinks: owed to nobody. */
  readonly quiet: boolean;
}

/** A verdict with its place in the order in which the log took them. */
export interface NumberedVerdict extends StoredVerdict {
  readonly n: number;
}

export type ToWorker =
  | { readonly t: 'append'; readonly row: StoredVerdict }
  | { readonly t: 'sink'; readonly sink: string }
  /** A sink is no more. */
  | { readonly t: 'end'; readonly sink: string }
  | { readonly t: 'acked'; readonly sink: string; readonly id: string }
  | { readonly t: 'recent'; readonly request: number; readonly limit: number }
  | { readonly t: 'pending'; readonly request: number; readonly sink: string; readonly limit: number }
  | {
      readonly t: 'range';
      readonly request: number;
      readonly boot: string;
      readonly from: number;
      readonly to: number;
      readonly limit: number;
    }
  | { readonly t: 'close' };

/** What the log says about itself that people have to know. */
export type StoreEvent = 'damaged' | 'unwritable' | 'recovered' | 'full';

export type FromWorker =
  | { readonly t: 'open' }
  | { readonly t: 'failed'; readonly text: string }
  | { readonly t: 'problem'; readonly event: StoreEvent; readonly text: string }
  /** Verdicts that left for want of room: owed to a sink, by severity, and delivered everywhere. */
  | { readonly t: 'shed'; readonly owed: readonly number[]; readonly delivered: number }
  | { readonly t: 'rows'; readonly request: number; readonly bodies: readonly string[] }
  /** So many acknowledgements, in the order they came, are on the disk, or cannot be put there now. */
  | { readonly t: 'settled'; readonly count: number }
  /** Something is owed that an earlier answer to `pending` did not hold. */
  | { readonly t: 'owed' }
  | { readonly t: 'size'; readonly bytes: number; readonly waiting: number; readonly oldest: string }
  | { readonly t: 'closed' };
