import { commentText } from './comment.js';
import { secondsAndNanos } from './digest.js';
import type { CutPacket } from './ring.js';

/*
 * pcapng (draft-ietf-opsawg-pcapng), little-endian:
 *   block: type u32, total length u32, body, padding to 4, total length u32
 *   option: code u16, length u16, value, padding to 4; 0 ends them
 */
export const Block = { Section: 0x0a0d0d0a, Interface: 1, Enhanced: 6 } as const;
export const Option = { End: 0, Comment: 1, Name: 2, Program: 4, Resolution: 9 } as const;
export const MAGIC = 0x1a2b3c4d;

export interface CaptureText {
  readonly program: string;
  /** Of the file, and of the packet with this number. */
  readonly comment: string;
  readonly deciding: number;
  readonly packetComment: string;
}

function option(code: number, value: Uint8Array): Buffer {
  const b = Buffer.alloc(4 + ((value.length + 3) & ~3));
  b.writeUInt16LE(code, 0);
  b.writeUInt16LE(value.length, 2);
  b.set(value, 4);
  return b;
}

const text = (code: number, s: string): Buffer => option(code, Buffer.from(commentText(s)));

/** A block of a body and options; no options, no end of options. */
function block(type: number, body: Buffer, options: readonly Buffer[]): Buffer {
  const parts = options.length === 0 ? [] : [...options, Buffer.alloc(4)];
  const size = parts.reduce((n, p) => n + p.length, body.length + ((4 - (body.length & 3)) & 3)) + 12;
  const b = Buffer.alloc(size);
  b.writeUInt32LE(type, 0);
  b.writeUInt32LE(size, 4);
  b.set(body, 8);
  let at = 8 + ((body.length + 3) & ~3);
  for (const p of parts) {
    b.set(p, at);
    at += p.length;
  }
  b.writeUInt32LE(size, size - 4);
  return b;
}

/* SHB: magic u32, major u16 1, minor u16 0, section length i64 −1 */
function section(o: CaptureText): Buffer {
  const body = Buffer.alloc(16, 0xff);
  body.writeUInt32LE(MAGIC, 0);
  body.writeUInt16LE(1, 4);
  body.writeUInt16LE(0, 6);
  return block(Block.Section, body, [text(Option.Comment, o.comment), text(Option.Program, o.program)]);
}

/* IDB: link type u16, reserved u16, snap length u32 0 (none) */
function interfaceBlock(linkType: number, iface: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType, 0);
  // 9: times are nanoseconds
  return block(Block.Interface, body, [text(Option.Name, `if${iface}`), option(Option.Resolution, Uint8Array.of(9))]);
}

/* EPB: interface u32, time high u32, time low u32, captured u32, original u32, data */
function enhanced(p: CutPacket, index: number, comment: string | null): Buffer {
  const body = Buffer.alloc(20 + p.data.length);
  const { s, ns } = secondsAndNanos(p.tsUs);
  const ticks = BigInt(s) * 1_000_000_000n + BigInt(ns);
  body.writeUInt32LE(index, 0);
  body.writeUInt32LE(Number(ticks >> 32n), 4);
  body.writeUInt32LE(Number(ticks & 0xffffffffn), 8);
  body.writeUInt32LE(p.data.length, 12);
  body.writeUInt32LE(p.wireLen, 16);
  body.set(p.data, 20);
  return block(Block.Enhanced, body, comment === null ? [] : [text(Option.Comment, comment)]);
}

/** A whole capture file: one section, an interface for each that a packet came by, the packets in order. */
export function pcapngOf(packets: Iterable<CutPacket>, o: CaptureText): Buffer {
  const interfaces = new Map<string, number>();
  const head = [section(o)];
  const body: Buffer[] = [];
  for (const p of packets) {
    const key = `${p.iface} ${p.linkType}`;
    let index = interfaces.get(key);
    if (index === undefined) {
      index = interfaces.size;
      interfaces.set(key, index);
      head.push(interfaceBlock(p.linkType, p.iface));
    }
    body.push(enhanced(p, index, body.length === o.deciding ? o.packetComment : null));
  }
  return Buffer.concat([...head, ...body]);
}
