import type { Net } from './net.js';
import type { Script } from './tcp.js';

/** Runs scripts in event time: a binary heap of (time, script); equal times keep their order of entry. */
export class Schedule {
  readonly #net: Net;
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #scripts: Script[] = [];
  #order = 0;

  constructor(net: Net) {
    this.#net = net;
  }

  add(atUs: number, script: Script): void {
    this.#push(atUs, this.#order++, script);
  }

  /** Runs until `done` says so or nothing is left. */
  run(done: () => boolean): void {
    while (this.#scripts.length > 0 && !done()) {
      const script = this.#scripts[0];
      this.#net.nowUs = this.#times[0];
      const r = script.next();
      // the same script usually goes on soon: replace the root instead of pop and push
      if (r.done === true) this.#pop();
      else this.#sink(0, this.#times[0] + r.value, this.#order++, script);
    }
  }

  #before(t: number, o: number, i: number): boolean {
    return t < this.#times[i] || (t === this.#times[i] && o < this.#orders[i]);
  }

  #set(i: number, t: number, o: number, s: Script): void {
    this.#times[i] = t;
    this.#orders[i] = o;
    this.#scripts[i] = s;
  }

  #push(t: number, o: number, s: Script): void {
    let i = this.#scripts.length;
    this.#set(i, t, o, s);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!this.#before(t, o, up)) break;
      this.#set(i, this.#times[up], this.#orders[up], this.#scripts[up]);
      i = up;
    }
    this.#set(i, t, o, s);
  }

  #sink(i: number, t: number, o: number, s: Script): void {
    const n = this.#scripts.length;
    for (;;) {
      let c = 2 * i + 1;
      if (c >= n) break;
      if (c + 1 < n && this.#before(this.#times[c + 1], this.#orders[c + 1], c)) c++;
      if (this.#before(t, o, c)) break;
      this.#set(i, this.#times[c], this.#orders[c], this.#scripts[c]);
      i = c;
    }
    this.#set(i, t, o, s);
  }

  #pop(): void {
    const t = this.#times.pop() as number;
    const o = this.#orders.pop() as number;
    const s = this.#scripts.pop() as Script;
    if (this.#scripts.length > 0) this.#sink(0, t, o, s);
  }
}
