import type { SourceStats } from '../core/index.js';

const WINDOW_S = 60;
/** From this share of lost packets on the sensor calls itself blind. */
export const BLIND_SHARE = 0.05;

/** What the source lost within the last minute, for the `coverage` of verdicts. Told about once a second. */
export class Loss {
  readonly #lost = new Float64Array(WINDOW_S);
  readonly #received = new Float64Array(WINDOW_S);
  #at = 0;
  #lastLost = 0;
  #lastReceived = 0;

  /** Sources that cannot know their losses (files) report −1 and lose nothing. */
  note(s: SourceStats): void {
    const lost = Math.max(0, s.droppedKernel) + Math.max(0, s.droppedInterface);
    const received = Math.max(0, s.received);
    this.#at = (this.#at + 1) % WINDOW_S;
    this.#lost[this.#at] = Math.max(0, lost - this.#lastLost);
    this.#received[this.#at] = Math.max(0, received - this.#lastReceived);
    this.#lastLost = lost;
    this.#lastReceived = received;
  }

  /** Packets lost within the last minute, and whether they are too many to rely on what was seen. */
  coverage(): { drops: number; blind: boolean } {
    const drops = this.#lost.reduce((a, b) => a + b, 0);
    const received = this.#received.reduce((a, b) => a + b, 0);
    // pcap_stats counts a packet the ring had no room for among the received ones
    return { drops, blind: drops > BLIND_SHARE * Math.max(received, drops) };
  }
}
