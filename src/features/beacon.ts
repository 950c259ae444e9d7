const SECONDS = 600;
const WORDS = Math.ceil(SECONDS / 32) + 1;
const PEERS = 4;
const FIRST = PEERS;
const LAST = 2 * PEERS;
const MIN_ONES = 5;
const MIN_LAG = 2;
const IDLE_S = 120;
/** Up to so many active seconds, comparing each with each costs less than shifting. */
const SPARSE = 90;
/** Shared by all: the seconds as bits, which of them are active, and how many pairs of them lie a lag apart. */
const BITS = new Int32Array(WORDS + 1);
const AT = new Int16Array(SECONDS);
const BOTH = new Int32Array(SECONDS);

function popcount(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Which of the last 600 seconds a device sent to each of four peers (two external, two of the site), one bit a second,
 * so that an autocorrelation is shifts and popcounts.
 */
export class Beacon {
  readonly #series = new Uint8Array(PEERS * SECONDS);
  /** By peer: its key, first and last second; in one, for there is one a device. */
  readonly #peers = new Int32Array(3 * PEERS).fill(-1);

  /** The device sent to a peer in this second. */
  mark(key: number, external: boolean, sec: number): void {
    const from = external ? 0 : PEERS / 2;
    let p = -1;
    for (let i = from; i < from + PEERS / 2; i++) if (this.#peers[LAST + i] >= 0 && this.#peers[i] === key) p = i;
    if (p < 0) {
      for (let i = from; i < from + PEERS / 2 && p < 0; i++) if (this.#peers[LAST + i] < 0) p = i;
      for (let i = from; i < from + PEERS / 2 && p < 0; i++) if (sec - this.#peers[LAST + i] > IDLE_S) p = i;
      if (p < 0) return;
      this.#peers[p] = key;
      this.#series.fill(0, p * SECONDS, p * SECONDS + SECONDS);
      this.#peers[FIRST + p] = sec;
      this.#peers[LAST + p] = sec;
    }
    if (sec < this.#peers[LAST + p]) return;
    const gap = Math.min(SECONDS, sec - this.#peers[LAST + p]);
    for (let s = sec - gap + 1; s <= sec; s++) this.#series[p * SECONDS + (s % SECONDS)] = 0;
    this.#series[p * SECONDS + (sec % SECONDS)] = 1;
    this.#peers[LAST + p] = sec;
  }

  /**
   * Largest normalised autocorrelation 0…1 over lags from 2 s to half of what was seen, over the tracked peers; 1 for
   * a peer talked to in every second; NaN while no peer has been active in 5 different seconds over 20 s.
   */
  periodicity(sec: number): number {
    let best = Number.NaN;
    for (let p = 0; p < PEERS; p++) {
      if (this.#peers[LAST + p] < 0 || sec - this.#peers[LAST + p] >= SECONDS) continue;
      const r = this.#peer(p, sec);
      if (!(r <= best)) best = r;
    }
    return best;
  }

  #peer(p: number, sec: number): number {
    const from = Math.max(this.#peers[FIRST + p], sec - SECONDS + 1);
    const n = sec - from + 1;
    const bits = BITS;
    const words = (n + 31) >>> 5;
    bits.fill(0, 0, words + 1);
    let ones = 0;
    // seconds after the newest mark are empty, though the ring still holds older ones there
    const filled = Math.min(n, this.#peers[LAST + p] - from + 1);
    const start = p * SECONDS;
    for (let i = 0, at = start + (from % SECONDS); i < filled; i++, at = at + 1 === start + SECONDS ? start : at + 1) {
      if (this.#series[at] === 1) {
        bits[i >>> 5] |= 1 << (i & 31);
        AT[ones++] = i;
      }
    }
    if (ones < MIN_ONES || n < 20) return Number.NaN;
    if (ones === n) return 1;
    const mean = ones / n;
    const variance = mean * (1 - mean);
    const half = n >>> 1;
    if (ones <= SPARSE) this.#pairs(ones, half);
    else this.#shifts(words, half);
    const both = BOTH;
    let best = 0;
    for (let lag = MIN_LAG; lag <= half; lag++) {
      // mean product over the n − lag overlapping seconds, so that long lags are not punished
      const r = (both[lag] / (n - lag) - mean * mean) / variance;
      if (r > best) best = r;
    }
    return Math.min(1, best);
  }

  /** Active seconds that have another one `lag` later, by lag: the few there are, one with each. */
  #pairs(ones: number, half: number): void {
    BOTH.fill(0, 0, half + 1);
    for (let i = 1; i < ones; i++) {
      for (let j = i - 1; j >= 0; j--) {
        const lag = AT[i] - AT[j];
        if (lag > half) break;
        BOTH[lag]++;
      }
    }
  }

  /** The same where there are many: the bits and the bits shifted. */
  #shifts(words: number, half: number): void {
    const bits = BITS;
    for (let lag = MIN_LAG; lag <= half; lag++) {
      const w = lag >>> 5;
      const b = lag & 31;
      let both = 0;
      for (let i = 0; i + w < words; i++) {
        const shifted = b === 0 ? bits[i + w] : (bits[i + w] >>> b) | (bits[i + w + 1] << (32 - b));
        both += popcount(bits[i] & shifted);
      }
      BOTH[lag] = both;
    }
  }
}
