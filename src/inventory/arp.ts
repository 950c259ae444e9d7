import { mix32 } from '../core/index.js';

const SIZE = 1024;
const ANSWER_US = 5_000_000;

/** ARP operations (RFC 826): request and reply. */
export const ArpOp = { Request: 1, Reply: 2 } as const;

/** Remembers who was asked for lately, so that answers nobody asked for stand out. Bounded; collisions forget. */
export class ArpRequests {
  readonly #ip = new Int32Array(SIZE);
  readonly #us = new Float64Array(SIZE).fill(Number.NEGATIVE_INFINITY);

  /** True for a gratuitous announcement (sender is target) and for a reply without a question in the last 5 s. */
  unasked(op: number, spa: number, tpa: number, nowUs: number): boolean {
    if (op === ArpOp.Request) {
      if (spa === tpa) return true;
      const i = mix32(tpa) & (SIZE - 1);
      this.#ip[i] = tpa;
      this.#us[i] = nowUs;
      return false;
    }
    if (op !== ArpOp.Reply || spa === 0) return false;
    if (spa === tpa) return true;
    const i = mix32(spa) & (SIZE - 1);
    return this.#ip[i] !== spa || nowUs - this.#us[i] > ANSWER_US;
  }
}
