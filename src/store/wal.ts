import { existsSync, readFileSync } from 'node:fs';

export interface WalDamage {
  /** Commits that stand in the file and will not be read. */
  readonly lost: number;
  /** The file ends within a frame. */
  readonly torn: boolean;
}

const SOUND: WalDamage = { lost: 0, torn: false };
const HEADER = 32;
const FRAME = 24;

/**
 * What the next reader of a write-ahead file will not see: SQLite takes the frames up to the first whose checksum is wrong, and says
 * nothing of those after it. Look before the database is opened. Of a file cut off between two frames nothing can be told.
 *
 * File format of SQLite, section 4.1: header of 32 bytes {magic, version, page size, sequence, salt 1, salt 2, checksum 1, 2}; frames of
 * 24 bytes {page, pages after commit or 0, salt 1, salt 2, checksum 1, 2} and a page. Big-endian; the magic's last bit tells in which
 * order checksums read their words.
 */
export function lookAtWal(path: string): WalDamage {
  if (!existsSync(path)) return SOUND;
  const b = readFileSync(path);
  if (b.length < HEADER + FRAME) return SOUND;
  const magic = b.readUInt32BE(0);
  const headerOk =
    (magic & ~1) >>> 0 === 0x377f0682 && sum(b, 0, 24, 0, 0, magic & 1, b.readUInt32BE(24), b.readUInt32BE(28));
  let size = b.readUInt32BE(8);
  if (!headerOk && (size < 512 || size > 65536 || (size & (size - 1)) !== 0)) size = 4096;
  const salts = headerOk ? b.subarray(16, 24) : b.subarray(HEADER + 8, HEADER + 16);
  let good = headerOk;
  let lost = 0;
  let end = HEADER;
  pair[0] = headerOk ? b.readUInt32BE(24) : 0;
  pair[1] = headerOk ? b.readUInt32BE(28) : 0;
  for (let at = HEADER; at + FRAME + size <= b.length; at += FRAME + size) {
    // frames of an earlier round of the file carry other salts
    if (b.compare(salts, 0, 8, at + 8, at + 16) !== 0) {
      if (good) good = false;
      continue;
    }
    if (good) {
      const [s1, s2] = pair;
      fold(b, at, at + 8, s1, s2, magic & 1);
      fold(b, at + FRAME, at + FRAME + size, pair[0], pair[1], magic & 1);
      good = pair[0] === b.readUInt32BE(at + 16) && pair[1] === b.readUInt32BE(at + 20);
    }
    if (!good && b.readUInt32BE(at + 4) !== 0) lost++;
    end = at + FRAME + size;
  }
  // a piece of a frame of the same round
  const torn = good && b.length - end >= 16 && b.compare(salts, 0, 8, end + 8, end + 16) === 0;
  return { lost, torn };
}

/** What is wrong with a write-ahead file, in words; null nothing. */
export function walWords(d: WalDamage): string | null {
  if (d.lost > 0) return `was damaged: the newest ${d.lost} commits are lost`;
  if (d.torn) return 'ends within a page: a commit was being written, or it was cut off and what came after is lost';
  return null;
}

const pair = new Uint32Array(2);

/** The running checksum over whole pairs of words: s1 += x + s2, s2 += y + s1, modulo 2^32. Result in `pair`. */
function fold(b: Buffer, from: number, to: number, s1: number, s2: number, big: number): void {
  for (let i = from; i < to; i += 8) {
    s1 = (s1 + (big ? b.readUInt32BE(i) : b.readUInt32LE(i)) + s2) >>> 0;
    s2 = (s2 + (big ? b.readUInt32BE(i + 4) : b.readUInt32LE(i + 4)) + s1) >>> 0;
  }
  pair[0] = s1;
  pair[1] = s2;
}

function sum(
  b: Buffer,
  from: number,
  to: number,
  s1: number,
  s2: number,
  big: number,
  c1: number,
  c2: number,
): boolean {
  fold(b, from, to, s1, s2, big);
  return pair[0] === c1 && pair[1] === c2;
}
