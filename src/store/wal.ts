import { existsSync, readFileSync } from 'node:fs';

const HEADER = 32;
const FRAME = 24;

/**
 * Transactions in a write-ahead file that its next reader will not see, because a frame before them is damaged: SQLite takes the frames
 * up to the first whose checksum is wrong, and says nothing. Look before the database is opened. What a truncation cut off cannot be told.
 *
 * File format of SQLite, section 4.1: header of 32 bytes {magic, version, page size, sequence, salt 1, salt 2, checksum 1, 2}; frames of
 * 24 bytes {page, pages after commit or 0, salt 1, salt 2, checksum 1, 2} and a page. Big-endian; the magic's last bit tells in which
 * order checksums read their words. @returns commits lost, 0 for none or no file
 */
export function lostCommits(path: string): number {
  if (!existsSync(path)) return 0;
  const b = readFileSync(path);
  if (b.length < HEADER + FRAME) return 0;
  const magic = b.readUInt32BE(0);
  const headerOk =
    (magic & ~1) >>> 0 === 0x377f0682 && sum(b, 0, 24, 0, 0, magic & 1, b.readUInt32BE(24), b.readUInt32BE(28));
  let size = b.readUInt32BE(8);
  if (!headerOk && (size < 512 || size > 65536 || (size & (size - 1)) !== 0)) size = 4096;
  const salts = headerOk ? b.subarray(16, 24) : b.subarray(HEADER + 8, HEADER + 16);
  let good = headerOk;
  let lost = 0;
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
  }
  return lost;
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
