/** Additions to learned sets that can be taken back; older ones are overwritten. */
const SIZE = 16_384;

/** The newest additions to learned sets in order, so that what came in just before a rule struck can be forgotten. */
export class Journal {
  readonly #owner = new Int32Array(SIZE).fill(-1);
  readonly #set = new Uint8Array(SIZE);
  readonly #key = new Int32Array(SIZE);
  readonly #sec = new Uint32Array(SIZE);
  #next = 0;

  note(set: number, owner: number, key: number, sec: number): void {
    const i = this.#next;
    this.#owner[i] = owner;
    this.#set[i] = set;
    this.#key[i] = key;
    this.#sec[i] = sec;
    this.#next = (i + 1) % SIZE;
  }

  /** Visits what an owner added since a second, newest first, and strikes it off. */
  takeBack(owner: number, sinceSec: number, visit: (set: number, key: number) => void): void {
    for (let k = 1; k <= SIZE; k++) {
      const i = (this.#next - k + SIZE) % SIZE;
      if (this.#owner[i] === -1 && this.#sec[i] === 0) return;
      // seconds come in order but for late packets: a minute more is looked at
      if (this.#sec[i] + 60 < sinceSec) return;
      if (this.#owner[i] !== owner || this.#sec[i] < sinceSec) continue;
      visit(this.#set[i], this.#key[i]);
      this.#owner[i] = -1;
    }
  }
}
