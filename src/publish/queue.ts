import { SEVERITIES, type VerdictDraft } from '../core/index.js';

export interface Waiting {
  readonly draft: VerdictDraft;
  readonly seq: number;
}

/** Verdicts that wait for a sink: the highest severity leaves first, the lowest is dropped first. */
export class Queue {
  readonly #lanes: Waiting[][] = SEVERITIES.map(() => []);
  readonly #max: number;
  #size = 0;
  dropped = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  push(w: Waiting): void {
    this.#lanes[SEVERITIES.indexOf(w.draft.verdict.severity)].push(w);
    this.#size++;
    if (this.#size <= this.#max) return;
    // the oldest of the lowest severity leaves; it stays in the log
    const lane = this.#lanes.find((l) => l.length > 0);
    lane?.shift();
    this.#size--;
    this.dropped++;
  }

  /** Puts back what could not be sent, ahead of its equals. */
  putBack(w: Waiting): void {
    this.#lanes[SEVERITIES.indexOf(w.draft.verdict.severity)].unshift(w);
    this.#size++;
  }

  shift(): Waiting | undefined {
    for (let i = this.#lanes.length - 1; i >= 0; i--) {
      const w = this.#lanes[i].shift();
      if (w !== undefined) {
        this.#size--;
        return w;
      }
    }
    return undefined;
  }
}
