import { WardwireError } from '../core/index.js';
import { Block, MAGIC, Option } from './pcapng-write.js';

export interface ReadPacket {
  readonly tsUs: number;
  readonly wireLen: number;
  readonly linkType: number;
  readonly data: Uint8Array;
  readonly comment: string | null;
}

export interface ReadCapture {
  readonly comment: string;
  readonly packets: readonly ReadPacket[];
}

/**
 * Reads a capture that `pcapngOf` wrote, and nothing else: every block, length and padding must be as it writes them, so that a
 * changed file does not pass. Foreign captures are the capture room's. @throws WardwireError('file') with the place
 */
export function readCapture(b: Buffer, path: string): ReadCapture {
  const bad = (at: number, what: string): never => {
    throw new WardwireError('file', `${path}: not a capture of this sensor: ${what} at byte ${at}`);
  };
  const linkTypes: number[] = [];
  const packets: ReadPacket[] = [];
  let comment = '';
  for (let at = 0; at < b.length; ) {
    if (b.length - at < 12) bad(at, 'a block is cut off');
    const type = b.readUInt32LE(at);
    const size = b.readUInt32LE(at + 4);
    if (size < 12 || (size & 3) !== 0 || size > b.length - at) bad(at, 'a block of wrong length');
    if (b.readUInt32LE(at + size - 4) !== size) bad(at, 'a block whose two lengths differ');
    const end = at + size - 4;
    if (at === 0 && type !== Block.Section) bad(at, 'no section header');
    if (type === Block.Section && at === 0) {
      if (size < 28 || b.readUInt32LE(8) !== MAGIC) bad(at, 'a wrong byte-order magic');
      comment = comments(b, 24, end) ?? '';
    } else if (type === Block.Interface && size >= 20) linkTypes.push(b.readUInt16LE(at + 8));
    else if (type === Block.Enhanced && size >= 32) {
      const linkType = linkTypes[b.readUInt32LE(at + 8)];
      const length = b.readUInt32LE(at + 20);
      if (linkType === undefined) bad(at, 'a packet of no interface');
      if (length > end - at - 28) bad(at, 'a packet longer than its block');
      const ticks = (BigInt(b.readUInt32LE(at + 12)) << 32n) | BigInt(b.readUInt32LE(at + 16));
      packets.push({
        tsUs: Number(ticks / 1_000_000_000n) * 1e6 + Number(ticks % 1_000_000_000n) / 1000,
        wireLen: b.readUInt32LE(at + 24),
        linkType,
        data: b.subarray(at + 28, at + 28 + length),
        comment: comments(b, at + 28 + ((length + 3) & ~3), end),
      });
    } else bad(at, `a block of type ${type}`);
    at += size;
  }
  if (b.length === 0) bad(0, 'an empty file');
  return { comment, packets };
}

/** The comment among the options in `b[at … end)`. */
function comments(b: Buffer, at: number, end: number): string | null {
  for (let o = at; o + 4 <= end; ) {
    const code = b.readUInt16LE(o);
    const length = b.readUInt16LE(o + 2);
    if (code === Option.End || o + 4 + length > end) return null;
    if (code === Option.Comment) return b.toString('utf8', o + 4, o + 4 + length);
    o += 4 + ((length + 3) & ~3);
  }
  return null;
}
