import { fold32, IpProto, mix32 } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import { DistinctRing, RecentKeys } from './windows.js';

/** Ports below it are given to servers by the system (RFC 6335: system ports). */
const SYSTEM_PORTS = 1024;
/** A server is asked at least so many times as often as its questions are lost: a mirror that loses a fifth is blind in other ways. */
const ASKED_PER_LOST = 4;
const KEPT = 256;

/** Of one port of one host: who asked it, and whom it spoke to unasked. */
interface Served {
  askers: DistinctRing;
  unasked: DistinctRing;
}

/**
 * Where client and server use ports of the same kind (NTP 123 and 123, BACnet 47808), an answer whose question was lost looks like an
 * attempt of the server. Told by the port: many hosts ask it, and it spoke to few unasked. A sweep from a port that is being asked is
 * still one as soon as it reaches more than a fourth of those who ask.
 */
export class LostQuestions {
  readonly #c: RuleContext;
  readonly #served: RecentKeys<Served>;

  constructor(c: RuleContext) {
    this.#c = c;
    this.#served = new RecentKeys<Served>(
      c.settings.window_keys,
      () => ({ askers: new DistinctRing(KEPT), unasked: new DistinctRing(KEPT) }),
      (s) => {
        s.askers.clear();
        s.unasked.clear();
      },
    );
  }

  /** A UDP conversation begins: is its first datagram an answer whose question nobody saw? Otherwise it is a question. */
  answers(slot: number, tsUs: number, windowUs: number): boolean {
    const c = this.#c;
    // from the client's high port to the server's low one there is no doubt
    if (c.columns.proto[slot] !== IpProto.Udp) return false;
    if (c.port(slot, 1) < SYSTEM_PORTS && c.port(slot, 0) >= SYSTEM_PORTS) return false;
    const from = this.#served.peek(this.#key(slot, 0));
    if (from !== undefined) {
      const unasked = from.unasked.add(c.addressKey(slot, 1), tsUs, windowUs);
      if (unasked * ASKED_PER_LOST <= from.askers.within(tsUs, windowUs)) return true;
    }
    this.#served.touch(this.#key(slot, 1)).askers.add(c.addressKey(slot, 0), tsUs, windowUs);
    return false;
  }

  #key(slot: number, side: Side): number {
    return mix32(fold32(this.#c.addressKey(slot, side), this.#c.port(slot, side)));
  }
}
