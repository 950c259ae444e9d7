import type { Random } from '../../../src/core/index.js';
import { mutate, pick } from '../mutate.js';
import type { Block, Draft, Field } from './draft.js';

// Changes a message by what its fields mean. Everything comes from the generator handed in.

const CODES = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 0x0b, 0x0d, 0x10, 0x14, 0x16, 0x1c, 0x20, 0x40, 0x50, 0x58, 0x7c, 0x7e, 0x80, 0xc0, 0xfe,
  0xff,
];
/** Numbers of protocols, types and tags that lead somewhere. */
const WORDS = [
  0, 1, 0x0008, 0x0010, 0x0016, 0x0030, 0x7fe0, 0x8020, 0xfffe, 0xe000, 0xe00d, 0xe0dd, 0x0800, 0x86dd, 0x8100, 0x8847,
  0x8864, 0x88cc, 0x6558, 0x88be, 0x22eb, 0x2000, 0xffff,
];
/** Next headers of IP. */
const PROTOCOLS = [0, 1, 2, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 97, 115, 132, 135, 255];

const largest = (f: Field): number => f.mask ?? 256 ** f.size - 1;

/** A length that lies: nothing, one, all there is, one more or less, twice, the largest, undefined. */
function lie(rng: Random, d: Draft, f: Field): number {
  const is = d.read(f);
  const left = Math.max(0, d.bytes.length - (f.from ?? f.at)) / (f.unit ?? 1);
  const most = largest(f);
  const n = pick(rng, [
    0,
    1,
    2,
    is - 1,
    is + 1,
    is - 2,
    is + 4,
    is * 2,
    left,
    left - 1,
    left + 1,
    most,
    most - 1,
    (most >>> 1) + 1,
    rng.int(is + 2),
  ]);
  return Math.max(0, Math.min(most, Math.trunc(n)));
}

function value(rng: Random, d: Draft, f: Field): number {
  const is = d.read(f);
  switch (f.meaning) {
    case 'length':
      return lie(rng, d, f);
    case 'count':
      return pick(rng, [0, 1, is + 1, is - 1, 64, 65, 255, largest(f), rng.int(largest(f) + 1)]);
    case 'type':
      return f.size === 1
        ? pick(rng, rng.int(2) === 0 ? CODES : PROTOCOLS)
        : rng.int(3) === 0
          ? pick(rng, WORDS)
          : is ^ (1 << rng.int(8 * f.size));
    case 'flags':
      return rng.int(2) === 0 ? is ^ (1 << rng.int(Math.min(31, 8 * f.size))) : rng.int(largest(f) + 1);
    case 'number':
      return pick(rng, [0, 1, is + 1, is - 1, is, largest(f), rng.int(largest(f) + 1)]);
    default:
      return pick(rng, CODES);
  }
}

/** Bytes put in where a part begins: delimiters, escapes, numbers that overflow, long runs. */
const TEXTS = [
  '|',
  '^~\\&',
  '\r',
  '\r\n\r\n',
  '\x1c\r',
  '\x0b',
  '\\T\\',
  '~',
  '&'.repeat(64),
  '../',
  '%00',
  "' or 1=1",
  '\xff\xfe',
  '9'.repeat(40),
  '-1e308',
  '*',
  '#',
  '+',
  '/'.repeat(40),
  '<a>',
  '\0',
  'A'.repeat(300),
];

type Change = (rng: Random, d: Draft, other: Draft, honest: boolean) => void;

const field = (rng: Random, d: Draft): Field | null => (d.fields.length === 0 ? null : pick(rng, d.fields));
const block = (rng: Random, d: Draft): Block | null => (d.blocks.length === 0 ? null : pick(rng, d.blocks));
const part = (d: Draft, k: Block): Buffer => Buffer.from(d.bytes.subarray(k.from, k.to));

const CHANGES: readonly Change[] = [
  (rng, d) => {
    const f = field(rng, d);
    if (f !== null) d.write(f, Math.max(0, value(rng, d, f)));
  },
  // lengths are what parsers live by
  (rng, d) => {
    const lengths = d.fields.filter((f) => f.meaning === 'length');
    if (lengths.length === 0) return;
    const f = pick(rng, lengths);
    d.write(f, lie(rng, d, f));
  },
  // a part left out
  (rng, d, _other, honest) => {
    const k = block(rng, d);
    if (k !== null) d.splice(k.from, k.to - k.from, Buffer.alloc(0), honest);
  },
  // a part twice, or many times
  (rng, d, _other, honest) => {
    const k = block(rng, d);
    if (k === null || k.to - k.from > 4000) return;
    const one = part(d, k);
    const times = rng.int(8) === 0 ? Math.min(200, Math.floor(6000 / one.length)) : 1;
    d.splice(k.from, 0, Buffer.concat(Array.from({ length: times }, () => one)), honest);
  },
  // a part within itself
  (rng, d, _other, honest) => {
    const k = block(rng, d);
    if (k === null || k.to - k.from > 600 || k.to - k.from < 2) return;
    const at = k.from + rng.int(k.to - k.from);
    d.splice(at, 0, part(d, k), honest);
  },
  // two parts change places
  (rng, d, _other, honest) => {
    const a = block(rng, d);
    const b = block(rng, d);
    if (a === null || b === null) return;
    const [first, second] = a.from < b.from ? [a, b] : [b, a];
    if (first.to > second.from) return;
    const [x, y] = [part(d, first), part(d, second)];
    const at = first.from;
    d.splice(second.from, y.length, x, honest);
    d.splice(at, x.length, y, honest);
  },
  // a part of another message
  (rng, d, other, honest) => {
    const k = block(rng, d);
    const o = block(rng, other);
    if (k === null || o === null || o.to - o.from > 4000) return;
    d.splice(k.from, rng.int(2) === 0 ? 0 : k.to - k.from, part(other, o), honest);
  },
  // cut short behind or inside a part
  (rng, d, _other, honest) => {
    const k = block(rng, d);
    const at = k === null ? rng.int(d.bytes.length + 1) : rng.int(2) === 0 ? k.to : k.from + rng.int(k.to - k.from + 1);
    d.splice(at, d.bytes.length - at, Buffer.alloc(0), honest);
  },
  // text that means something
  (rng, d, _other, honest) => {
    const k = block(rng, d);
    if (k === null) return;
    const at = k.from + rng.int(k.to - k.from);
    d.splice(
      at,
      rng.int(3) === 0 ? Math.min(k.to - at, rng.int(8)) : 0,
      Buffer.from(pick(rng, TEXTS), 'latin1'),
      honest,
    );
  },
  // blind
  (rng, d, other) => {
    d.bytes = mutate(rng, d.bytes, other.bytes);
    d.fields.length = d.blocks.length = 0;
  },
];

/** At most this many octets: a message larger than a super-frame only costs time. */
const LARGEST = 60_000;

/** A message with one to four changes; in most of them the lengths around follow, so that what is behind them is reached. */
export function mutateDraft(rng: Random, d: Draft, other: Draft): Buffer {
  for (let n = rng.int(3) === 0 ? 1 + rng.int(4) : 1; n > 0 && d.bytes.length > 0; n--) {
    pick(rng, CHANGES)(rng, d, other, rng.int(5) !== 0);
  }
  return d.bytes.length > LARGEST ? d.bytes.subarray(0, LARGEST) : d.bytes;
}
