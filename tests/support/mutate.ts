import type { Random } from '../../src/core/index.js';

/** Numbers that lengths, counts and types break at. */
const EDGES = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 20, 28, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff];
const EDGES16 = [
  0, 1, 4, 8, 20, 0x00ff, 0x0100, 0x0800, 0x0806, 0x8100, 0x86dd, 0x8847, 0x7fff, 0x8000, 0xfffe, 0xffff,
];
const EDGES32 = [0, 1, 4, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

export function pick<T>(rng: Random, list: readonly T[]): T {
  return list[rng.int(list.length)];
}

type Change = (rng: Random, b: Buffer, other: Buffer) => Buffer;

function at(rng: Random, b: Buffer): number {
  // headers lie in front, and there the damage is greatest
  return rng.int(rng.int(3) === 0 ? b.length : Math.min(b.length, 96));
}

const CHANGES: readonly Change[] = [
  (rng, b) => {
    for (let n = 1 + rng.int(8); n > 0; n--) b[at(rng, b)] ^= 1 << rng.int(8);
    return b;
  },
  (rng, b) => {
    b[at(rng, b)] = pick(rng, EDGES);
    return b;
  },
  (rng, b) => {
    const i = at(rng, b);
    if (i + 2 <= b.length) b.writeUInt16BE(rng.int(4) === 0 ? b.length & 0xffff : pick(rng, EDGES16), i);
    return b;
  },
  (rng, b) => {
    const i = at(rng, b);
    const big = rng.int(2) === 0;
    if (i + 4 <= b.length) b[big ? 'writeUInt32BE' : 'writeUInt32LE'](pick(rng, EDGES32), i);
    return b;
  },
  (rng, b) => b.subarray(0, rng.int(b.length + 1)),
  (rng, b) => Buffer.concat([b, Buffer.alloc(rng.int(64), pick(rng, EDGES))]),
  (rng, b) => {
    const i = rng.int(b.length);
    return Buffer.concat([b.subarray(0, i), b.subarray(Math.min(b.length, i + 1 + rng.int(16)))]);
  },
  (rng, b) => {
    const i = rng.int(b.length);
    const n = 1 + rng.int(Math.min(64, b.length - i));
    return Buffer.concat([b.subarray(0, i + n), b.subarray(i, i + n), b.subarray(i + n)]);
  },
  (rng, b, other) => Buffer.concat([b.subarray(0, rng.int(b.length + 1)), other.subarray(rng.int(other.length + 1))]),
];

/** A changed copy of bytes: bits, edge numbers, cut, longer, a piece missing or twice, joined with another one. */
export function mutate(rng: Random, bytes: Buffer, other: Buffer): Buffer {
  let b = Buffer.from(bytes);
  for (let n = 1 + rng.int(3); n > 0 && b.length > 0; n--) b = Buffer.from(pick(rng, CHANGES)(rng, b, other));
  return b;
}

/** A stream of one direction cut at random places, sometimes with bytes missing. */
export function* pieces(rng: Random, bytes: Buffer): Generator<{ bytes?: Buffer; gap?: number }> {
  let i = 0;
  while (i < bytes.length) {
    const n = Math.min(bytes.length - i, 1 + rng.int(rng.int(4) === 0 ? 16 : 1460));
    if (rng.int(40) === 0) yield { gap: n };
    else yield { bytes: bytes.subarray(i, i + n) };
    i += n;
  }
}
