/**
 * Hashes of the packet path. Seeds are drawn at start (capture/clock) so that outsiders cannot aim at a bucket.
 */

/** Avalanche of one 32-bit word (murmur3 finaliser). */
export function mix32(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Folds a word into a running hash. */
export function fold32(h: number, x: number): number {
  let k = Math.imul(x, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  k = Math.imul(k, 0x1b873593);
  const r = h ^ k;
  return (Math.imul((r << 13) | (r >>> 19), 5) + 0xe6546b64) | 0;
}

/** 32-bit hash of bytes `buf[from … to)`, four at a time (murmur3's body) with a final mix. */
export function hashBytes(seed: number, buf: Uint8Array, from: number, to: number): number {
  let h = seed | 0;
  let i = from;
  for (const last = to - 3; i < last; i += 4) {
    let k = buf[i] | (buf[i + 1] << 8) | (buf[i + 2] << 16) | (buf[i + 3] << 24);
    k = Math.imul(k, 0xcc9e2d51);
    h ^= Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  for (; i < to; i++) h = Math.imul(h ^ buf[i], 0x01000193);
  return mix32(h ^ (to - from));
}

/** 32-bit hash of a string. */
export function hashString(seed: number, s: string): number {
  let h = seed ^ 0x811c9dc5;
  for (let i = 0; i < s.length; i++) h = Math.imul(h ^ s.charCodeAt(i), 0x01000193);
  return mix32(h);
}

/** 53-bit hash of bytes `buf[from … to)`, never 0: for ids of which a hundred thousand are compared with each other. */
export function hash53(seed: number, buf: Uint8Array, from: number, to: number): number {
  let a = seed ^ 0x811c9dc5;
  let b = seed ^ 0x2c1b3c6d;
  for (let i = from; i < to; i++) {
    const c = buf[i];
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x85ebca6b);
    b ^= b >>> 15;
  }
  return join53(mix32(a ^ (to - from)), mix32(b));
}

/** Key of an address in learned sets: the same for every room that asks. */
export function addressKey(seed: number, w0: number, w1: number, w2: number, w3: number): number {
  return mix32(fold32(fold32(fold32(fold32(seed, w0), w1), w2), w3));
}

/** Two 32-bit hashes as one id of 53 bits, never 0 (for `RecentIds`). */
export function join53(high: number, low: number): number {
  return (high >>> 11) * 4294967296 + (low >>> 0) || 1;
}
