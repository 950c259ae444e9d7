import { Draft } from './draft.js';
import { grammarOf, grammarOfType } from './grammars.js';
import { headerSum } from './sums.js';

// Structure of a frame, header by header, as far as a mutator needs it.

const ETHER_TYPES = [
  0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x8847, 0x8864, 0x88cc, 0x88e7, 0x8926, 0x893f, 0x8903, 0x22f3, 0x880b,
];

/** A frame (Ethernet unless `linkType` says raw IP) with its headers' fields, and those of what it carries. */
export function frameDraft(bytes: Buffer, linkType: number): Draft {
  const d = new Draft(Buffer.from(bytes));
  if (linkType === 1) ether(d, 0, d.bytes.length, 0);
  else if (linkType === 101 || linkType === 228 || linkType === 229) ip(d, 0, d.bytes.length, 0);
  else {
    for (let i = 0; i < 20; i += 2) d.field(i, 2, 'type');
    d.block(0, Math.min(16, d.bytes.length));
  }
  return d;
}

function ether(d: Draft, at: number, end: number, depth: number): void {
  if (at + 14 > end || depth > 8) return;
  d.field(at, 4, 'number');
  d.field(at + 6, 4, 'number');
  next(d, at + 12, end, depth);
}

/** The EtherType at `at`, and what follows it. */
function next(d: Draft, at: number, end: number, depth: number): void {
  if (at + 2 > end || depth > 8) return;
  const type = d.bytes.readUInt16BE(at);
  d.field(at, 2, 'type');
  const body = at + 2;
  if (type === 0x0800 || type === 0x86dd) ip(d, body, end, depth);
  else if (type === 0x8100 || type === 0x88a8) {
    d.block(at, body + 2);
    d.field(body, 2, 'flags');
    next(d, body + 2, end, depth + 1);
  } else if (type === 0x8847) {
    d.block(body, body + 4);
    d.field(body, 4, 'flags');
    ip(d, body + 4, end, depth + 1);
  } else if (type === 0x8864) {
    d.field(body, 2, 'flags');
    d.length(body + 4, 2, body + 6, end);
    ip(d, body + 8, end, depth + 1);
  } else if (type === 0x0806) for (let i = 0; i < 28; i += 2) d.field(body + i, 2, i < 8 ? 'type' : 'number');
  else if (type < 0x0600) {
    d.length(at, 2, body, end);
    if (d.bytes[body] === 0xaa) {
      d.field(body, 3, 'type');
      next(d, body + 6, end, depth + 1);
    }
  } else grammarOfType(type)(d, body, end);
}

function ip(d: Draft, at: number, end: number, depth: number): void {
  const b = d.bytes;
  if (at + 20 > end || depth > 8) return;
  if (b[at] >> 4 === 6) return ip6(d, at, end, depth);
  const header = (b[at] & 15) * 4;
  const total = b.readUInt16BE(at + 2);
  const to = total >= header ? Math.min(end, at + total) : end;
  d.field(at, 1, 'type');
  d.length(at, 1, at, at + header, { mask: 15, unit: 4 });
  d.length(at + 2, 2, at, to);
  d.field(at + 4, 2, 'number');
  d.field(at + 6, 2, 'flags');
  d.field(at + 8, 1, 'number');
  d.field(at + 9, 1, 'type');
  d.field(at + 12, 4, 'number');
  d.field(at + 16, 4, 'number');
  d.block(at, to);
  if (at + header > to) return;
  for (let o = at + 20; o + 2 <= at + header; o += Math.max(1, b[o + 1])) d.length(o + 1, 1, o + 2, at + header);
  above(d, b[at + 9], at + header, to, depth);
}

function ip6(d: Draft, at: number, end: number, depth: number): void {
  const b = d.bytes;
  if (at + 40 > end) return;
  d.field(at, 1, 'type');
  d.length(at + 4, 2, at + 40, end);
  d.field(at + 6, 1, 'type');
  d.field(at + 20, 4, 'number');
  d.field(at + 36, 4, 'number');
  d.block(at, end);
  let proto = b[at + 6];
  let p = at + 40;
  while ([0, 43, 44, 51, 60, 135].includes(proto) && p + 8 <= end) {
    const n = proto === 44 ? 8 : proto === 51 ? (b[p + 1] + 2) * 4 : 8 + b[p + 1] * 8;
    d.field(p, 1, 'type');
    d.length(p + 1, 1, p + 8, Math.min(end, p + n), { unit: 8 });
    if (proto === 44) d.field(p + 2, 2, 'flags');
    d.block(p, Math.min(end, p + n));
    proto = b[p];
    p += n;
  }
  above(d, proto, p, end, depth);
}

function above(d: Draft, proto: number, at: number, end: number, depth: number): void {
  const b = d.bytes;
  if (proto === 6 && at + 20 <= end) {
    const header = (b[at + 12] >> 4) * 4;
    for (const o of [0, 2]) d.field(at + o, 2, 'number');
    for (const o of [4, 8]) d.field(at + o, 4, 'number');
    d.length(at + 12, 1, at, at + header, { mask: 0xf0, unit: 1 });
    d.field(at + 13, 1, 'flags');
    d.field(at + 14, 2, 'count');
    for (let o = at + 20; o + 2 <= at + header && o + 2 <= end; o += b[o] <= 1 ? 1 : Math.max(2, b[o + 1])) {
      d.field(o, 1, 'type');
      d.length(o + 1, 1, o + 2, Math.min(end, o + b[o + 1]));
    }
    content(d, b.readUInt16BE(at), b.readUInt16BE(at + 2), at + header, end);
  } else if (proto === 17 && at + 8 <= end) {
    d.field(at, 2, 'number');
    d.field(at + 2, 2, 'number');
    d.length(at + 4, 2, at, end);
    const port = b.readUInt16BE(at + 2);
    if (port === 4789) {
      d.field(at + 8, 1, 'flags');
      ether(d, at + 16, end, depth + 1);
    } else content(d, b.readUInt16BE(at), port, at + 8, end);
  } else if (proto === 47 && at + 4 <= end) {
    d.field(at, 2, 'flags');
    const type = b.readUInt16BE(at + 2);
    d.field(at + 2, 2, 'type');
    const n = 4 + (b[at] & 0xc0 ? 4 : 0) + (b[at] & 0x20 ? 4 : 0) + (b[at] & 0x10 ? 4 : 0);
    if (type === 0x6558) ether(d, at + n, end, depth + 1);
    else if (type === 0x88be) ether(d, at + n + (b[at] & 0x10 ? 8 : 0), end, depth + 1);
    else ip(d, at + n, end, depth + 1);
  } else if (proto === 4 || proto === 41) ip(d, at, end, depth + 1);
  else for (let i = 0; i < 8; i += 2) d.field(at + i, 2, 'type');
}

function content(d: Draft, from: number, to: number, at: number, end: number): void {
  if (at >= end) return;
  const b = d.bytes;
  const grammar = grammarOf(to, b, at, end);
  d.block(at, end);
  (grammar.name === 'guess' ? grammarOf(from, b, at, end) : grammar)(d, at, end);
}

/** Puts right what only a sender makes wrong: the header checksums of IPv4, wherever a frame of Ethernet holds one. */
export function repair(frame: Buffer): Buffer {
  for (let at = 12; at + 22 <= frame.length && at < 120; at++) {
    if (frame[at] !== 8 || frame[at + 1] !== 0 || frame[at + 2] >> 4 !== 4) continue;
    const header = (frame[at + 2] & 15) * 4;
    const ip4 = at + 2;
    if (header < 20 || ip4 + header > frame.length) continue;
    frame.writeUInt16BE(0, ip4 + 10);
    frame.writeUInt16BE(headerSum(frame, ip4, ip4 + header), ip4 + 10);
  }
  return frame;
}

export { ETHER_TYPES };
