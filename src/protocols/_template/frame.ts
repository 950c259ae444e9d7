/** States in wire order. */
const S = { B: 0, N: 1, LengthHigh: 2, LengthLow: 3, Body: 4 } as const;

/* Bedside Note frame: 'B' 'N', length u16 big-endian, body */
export class Frame {
  #state: number = S.B;
  #length = 0;
  #left = 0;
  constructor(
    private readonly max: number,
    private readonly note: (tsUs: number, octets: number) => void,
    private readonly long: (tsUs: number) => void,
  ) {}

  /** @returns false when this is not the protocol any more */
  feed(b: Buffer, from: number, to: number, tsUs: number): boolean {
    for (let at = from; at < to; ) {
      switch (this.#state) {
        case S.B:
          if (b[at++] !== 0x42) return false;
          this.#state = S.N;
          break;
        case S.N:
          if (b[at++] !== 0x4e) return false;
          this.#state = S.LengthHigh;
          break;
        case S.LengthHigh:
          this.#length = b[at++] << 8;
          this.#state = S.LengthLow;
          break;
        case S.LengthLow:
          this.#length |= b[at++];
          this.#left = this.#length;
          // length is judged before the body is touched
          if (this.#length > this.max) this.long(tsUs);
          this.#state = S.Body;
          this.#over(tsUs);
          break;
        default: {
          const n = Math.min(this.#left, to - at);
          at += n;
          this.#left -= n;
          this.#over(tsUs);
        }
      }
    }
    return true;
  }

  /** A gap is first eaten by the bytes we meant to skip. @returns false when the place is lost */
  gap(length: number): boolean {
    if (this.#state !== S.Body || length < 0 || length > this.#left) return false;
    this.#left -= length;
    if (this.#left === 0) this.#state = S.B;
    return true;
  }

  #over(tsUs: number): void {
    if (this.#left > 0) return;
    this.#state = S.B;
    this.note(tsUs, this.#length);
  }
}
