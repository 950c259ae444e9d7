interface Watched {
  readonly name: string;
  readonly beats: () => number | null;
  seen: number;
  sinceMs: number;
}

/**
 * Everything that has to move: threads and processes, each with a counter that rises about once a second. A timer alone proves
 * only that the thread of the timer lives.
 */
export class Progress {
  readonly #watched: Watched[] = [];

  /** `nowMs`: monotonic or wall time, ms. */
  constructor(private readonly nowMs: () => number) {}

  /** `beats`: the counter; null while the thing is not meant to run (a sensor between two lives). */
  watch(name: string, beats: () => number | null): void {
    this.#watched.push({ name, beats, seen: Number.NaN, sinceMs: this.nowMs() });
  }

  /** Reads every counter; to be called about once a second. */
  tick(): void {
    const now = this.nowMs();
    for (const w of this.#watched) {
      const beats = w.beats();
      if (beats === w.seen && beats !== null) continue;
      w.seen = beats ?? Number.NaN;
      w.sinceMs = now;
    }
  }

  /** Who has not moved for longer than `limitMs`. */
  stalled(limitMs: number): string[] {
    const now = this.nowMs();
    return this.#watched.filter((w) => now - w.sinceMs > limitMs).map((w) => w.name);
  }

  /** When each moved last, ms. */
  last(): [name: string, ms: number][] {
    return this.#watched.map((w) => [w.name, w.sinceMs]);
  }
}
