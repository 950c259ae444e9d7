import { Prefix } from '../core/index.js';

/** Which addresses are the site's. Prefixes are flattened to words and mask words: no object is touched on lookup. */
export class SiteNetworks {
  readonly #words: Int32Array;
  readonly #masks: Int32Array;
  readonly #count: number;

  /** Prefix texts that do not parse are left out; `config` has named them before. */
  constructor(prefixes: readonly string[]) {
    const parsed = prefixes.map((p) => Prefix.parse(p)).filter((p) => p !== null);
    this.#count = parsed.length;
    this.#words = Int32Array.from(parsed.flatMap((p) => [...p.words]));
    this.#masks = Int32Array.from(parsed.flatMap((p) => [...p.mask]));
  }

  /** True when the address lies in a site prefix and can belong to one host. */
  has(w0: number, w1: number, w2: number, w3: number): boolean {
    if (!isUnicast(w0, w1, w2, w3)) return false;
    const p = this.#words;
    const m = this.#masks;
    for (let i = 0, k = 0; i < this.#count; i++, k += 4) {
      if (
        (w3 & m[k + 3]) === p[k + 3] &&
        (w2 & m[k + 2]) === p[k + 2] &&
        (w1 & m[k + 1]) === p[k + 1] &&
        (w0 & m[k]) === p[k]
      ) {
        return true;
      }
    }
    return false;
  }
}

/** IPv4 in its mapped form. */
export function isV4(w0: number, w1: number, w2: number): boolean {
  return w2 === 0xffff && w1 === 0 && w0 === 0;
}

/** Neither multicast (RFC 5771, RFC 4291 2.7), limited broadcast, nor unspecified (0/8, ::). */
export function isUnicast(w0: number, w1: number, w2: number, w3: number): boolean {
  if (isV4(w0, w1, w2)) {
    const top = w3 >>> 24;
    return top !== 0 && (top < 224 || (top >= 240 && w3 !== -1));
  }
  if (w0 >>> 24 === 0xff) return false;
  return (w0 | w1 | w2 | w3) !== 0;
}

/** IPv6 link-local, fe80::/10 (RFC 4291 2.5.6): never crosses a router. */
export function isLinkLocal6(w0: number): boolean {
  return w0 >>> 22 === 0x3fa;
}

/**
 * True when the TTL shows that at least one router was passed: a little below one of the usual initial values
 * (32, 64, 128, 255). 30 and 60 are initial values of some stacks, and small values are sent on purpose (multicast),
 * so neither counts.
 */
export function passedRouter(ttl: number): boolean {
  if (ttl === 60 || ttl === 30 || ttl < 24) return false;
  const initial = ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
  const hops = initial - ttl;
  return hops >= 1 && hops <= 16;
}
