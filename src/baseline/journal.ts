/** Additions to learned sets that can be taken back; older ones are overwritten. */
const SIZE = 16_384;

/** The newest additions to learned sets in order, so that what came in just before a rule struck can be forgotten. */
export class Journal {
  readonly #set = new Uint8Array(SIZE);
  readonly #key = new Int32Array(SIZE);
  readonly #sec = new Uint32Array(SIZE);
  /** Number of the same owner's addition before, −1 none. Numbers grow; an addition lies at its number modulo the size. */
  readonly #before = new Float64Array(SIZE);
  /** Number of each owner's newest addition. */
  readonly #newest = new Map<number, number>();
  #count = 0;

  note(set: number, owner: number, key: number, sec: number): void {
    const n = this.#count++;
    const i = n % SIZE;
    this.#set[i] = set;
    this.#key[i] = key;
    this.#sec[i] = sec;
    this.#before[i] = this.#newest.get(owner) ?? -1;
    this.#newest.set(owner, n);
  }

  /** Visits what an owner added since a second, newest first, and strikes it off. */
  takeBack(owner: number, sinceSec: number, visit: (set: number, key: number) => void): void {
    const oldest = Math.max(0, this.#count - SIZE);
    // of what is looked at, that which stays is chained anew
    let stays = -1;
    let n = this.#newest.get(owner) ?? -1;
    const link = (to: number): void => {
      if (stays < 0) this.#newest.set(owner, to);
      else this.#before[stays % SIZE] = to;
    };
    while (n >= oldest) {
      const i = n % SIZE;
      // seconds come in order but for late packets: a minute more is looked at
      if (this.#sec[i] + 60 < sinceSec) break;
      if (this.#sec[i] >= sinceSec) visit(this.#set[i], this.#key[i]);
      else {
        link(n);
        stays = n;
      }
      n = this.#before[i];
    }
    if (n >= oldest || stays >= 0) link(n);
    else this.#newest.delete(owner);
  }
}
