/** Messages of a connection that must have been alike before one is unlike them. */
const STEADY = 20;
/** How far MSH-7 may move against the arrival time on a steady link, s. */
const CLOCK_S = 60;
const STEADY_CLOCK_S = 5;

/** Bits of `Hl7Message.breaks`. */
export const Break = { Shape: 1, Sequence: 2, Clock: 4 } as const;

/**
 * How one side of a connection numbers and dates its messages: form of MSH-10, whether its number counts up by one, and how far
 * MSH-7 is from the arrival. A message that breaks such a habit may have been slipped in between.
 */
export class LinkHabit {
  #shape = 0;
  #alike = 0;
  #last = Number.NaN;
  #steps = 0;
  #skewS = Number.NaN;
  #steadySkew = 0;

  /** Habits the message with this control id `b[from … to)` and MSH-7 breaks, bits of `Break`. */
  take(b: Buffer, from: number, to: number, messageTimeUs: number, tsUs: number): number {
    let broken = 0;
    let shape = to - from;
    let run = 0;
    let number = 0;
    let numberAt = -1;
    for (let i = from; i < to; i++) {
      const c = b[i];
      const kind = c >= 48 && c <= 57 ? 1 : (c >= 65 && c <= 90) || (c >= 97 && c <= 122) ? 2 : c;
      if (kind === 1) {
        number = run === 1 ? number * 10 + c - 48 : c - 48;
        if (run !== 1) numberAt = i;
      }
      // runs of letters, digits and signs; ids drawn at random never form a habit
      if (kind !== run) shape = (Math.imul(shape, 31) + kind) | 0;
      run = kind;
    }
    // an id that ends in a number may grow by a digit; one that mixes letters and digits has no form to keep to
    const form = run === 1 ? numberAt - from : shape;
    if (this.#alike > 0 && form !== this.#shape) {
      if (this.#alike >= STEADY) broken |= Break.Shape;
      this.#alike = 0;
    }
    this.#shape = form;
    this.#alike++;

    const counts = run === 1 && to - numberAt <= 15 ? number : Number.NaN;
    if (counts === this.#last + 1) this.#steps++;
    else if (counts !== this.#last) {
      if (this.#steps >= STEADY) broken |= Break.Sequence;
      this.#steps = 0;
    }
    this.#last = counts;

    if (!Number.isNaN(messageTimeUs)) {
      const skewS = (tsUs - messageTimeUs) / 1e6;
      const moved = Math.abs(skewS - this.#skewS);
      if (this.#steadySkew >= STEADY && moved > CLOCK_S) broken |= Break.Clock;
      this.#steadySkew = moved <= STEADY_CLOCK_S ? this.#steadySkew + 1 : 0;
      this.#skewS = skewS;
    }
    return broken;
  }
}
