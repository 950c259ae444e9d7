/** Between the control process's main thread and the store's worker. */
export interface WorkerOptions {
  readonly path: string;
  readonly maxBytes: number;
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
  readonly body: string;
  /** What it was made from, JSON. */
  readonly basis: string | null;
  /** Kept from the sinks: owed to nobody. */
  readonly quiet: boolean;
}

export type ToWorker =
  | { readonly t: 'append'; readonly row: StoredVerdict }
  | { readonly t: 'sink'; readonly sink: string }
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

export type FromWorker =
  | { readonly t: 'open' }
  | { readonly t: 'failed'; readonly text: string }
  | { readonly t: 'problem'; readonly event: string; readonly text: string }
  | { readonly t: 'shed'; readonly count: number }
  | { readonly t: 'rows'; readonly request: number; readonly bodies: readonly string[] }
  | { readonly t: 'closed' };
