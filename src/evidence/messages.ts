import type { CaptureFacts } from './manifest.js';

/** What the writing thread starts with. */
export interface WriterOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly recipients: readonly string[];
  readonly program: string;
}

export type ToWriter =
  | {
      readonly t: 'write';
      readonly facts: CaptureFacts;
      /** Packets before and after the verdict, as the ring cut them. */
      readonly before: Int32Array<ArrayBuffer>;
      readonly after: Int32Array<ArrayBuffer>;
      readonly comment: string;
      readonly packetComment: string;
    }
  | { readonly t: 'close' };

export type FromWriter =
  | {
      readonly t: 'state';
      /** What became of the capture just taken, null at the start. */
      readonly result: 'written' | 'known' | 'quota' | 'failed' | null;
      readonly files: number;
      readonly bytes: number;
      readonly evicted: number;
    }
  /** Something an operator must hear. */
  | { readonly t: 'trouble'; readonly event: string; readonly text: string }
  | { readonly t: 'closed' };
