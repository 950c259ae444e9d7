import { retryLater, type SinkState } from '../core/index.js';
import type { Faults } from './faults.js';

/** What was given to a transport that has one connection and was not answered yet. */
export class UnderWay {
  readonly #lost = new Set<(e: Error) => void>();
  /** Given and acknowledged since the start. */
  published = 0;

  get size(): number {
    return this.#lost.size;
  }

  /** Calls `start`; resolves or rejects as it settles, once, unless the connection is lost before. */
  give(start: (settle: (error: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null): void => {
        if (!this.#lost.delete(settle)) return;
        if (error !== null) return reject(error);
        this.published++;
        resolve();
      };
      this.#lost.add(settle);
      start(settle);
    });
  }

  /** The connection was lost: everything given may be sent again. */
  lost(): void {
    for (const lost of [...this.#lost]) lost(retryLater('the connection was lost'));
  }
}

/** The state of a sink with one connection. */
export function sinkState(connected: boolean, underWay: UnderWay, faults: Faults): SinkState {
  return {
    connected,
    inFlight: underWay.size,
    published: underWay.published,
    failures: faults.total,
    lastError: faults.last,
    faults: faults.counts,
  };
}
