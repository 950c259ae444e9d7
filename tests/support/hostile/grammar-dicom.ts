import type { Draft } from './draft.js';

const ITEM = 0xfffe;
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

/** PDUs (PS3.8 9.3), items and sub-items of an association, PDVs, elements of command and data sets with their sequences. */
export function dicom(d: Draft, from: number, to: number): void {
  const b = d.bytes;
  for (let at = from; at + 6 <= to; ) {
    const type = b[at];
    const end = Math.min(to, at + 6 + b.readUInt32BE(at + 2));
    d.field(at, 1, 'type');
    d.field(at + 1, 1, 'flags');
    d.length(at + 2, 4, at + 6, end);
    d.block(at, end);
    if (type === 1 || type === 2) {
      d.field(at + 6, 2, 'flags');
      items(d, at + 74, end, 0);
    } else if (type === 4) pdvs(d, at + 6, end);
    else for (let i = at + 6; i < end && i < at + 10; i++) d.field(i, 1, 'type');
    at = end;
  }
}

function items(d: Draft, from: number, to: number, depth: number): void {
  for (let at = from; at + 4 <= to; ) {
    const type = d.bytes[at];
    const end = Math.min(to, at + 4 + d.bytes.readUInt16BE(at + 2));
    d.field(at, 1, 'type');
    d.length(at + 2, 2, at + 4, end);
    d.block(at, end);
    if (depth === 0 && (type === 0x20 || type === 0x21)) {
      d.field(at + 4, 1, 'number');
      d.field(at + 6, 1, 'type');
      items(d, at + 8, end, 1);
    } else if (depth === 0 && type === 0x50) items(d, at + 4, end, 1);
    else d.field(at + 4, 1, 'text');
    at = end;
  }
}

function pdvs(d: Draft, from: number, to: number): void {
  for (let at = from; at + 6 <= to; ) {
    const end = Math.min(to, at + 4 + d.bytes.readUInt32BE(at));
    d.length(at, 4, at + 4, end);
    d.field(at + 4, 1, 'number');
    d.field(at + 5, 1, 'flags');
    d.block(at, end);
    elements(d, at + 6, end, 0);
    if (end <= at) return;
    at = end;
  }
}

/** Elements, implicit or explicit by whether two capital letters stand where a VR would; little endian. */
function elements(d: Draft, from: number, to: number, depth: number): void {
  const b = d.bytes;
  for (let at = from; at + 8 <= to && depth < 8; ) {
    const group = b.readUInt16LE(at);
    const vr = b.toString('latin1', at + 4, at + 6);
    const explicit = group !== ITEM && /^[A-Z]{2}$/.test(vr);
    const long = explicit && LONG.has(vr);
    const value = at + (long ? 12 : 8);
    if (value > to) return;
    const size = explicit && !long ? 2 : 4;
    const where = value - size;
    const length = size === 2 ? b.readUInt16LE(where) : b.readUInt32LE(where);
    const open = length === 0xffffffff;
    const end = open ? to : Math.min(to, value + length);
    d.field(at, 2, 'type', { little: true });
    d.field(at + 2, 2, 'type', { little: true });
    if (explicit) d.field(at + 4, 2, 'type');
    d.length(where, size, value, end, { little: true });
    d.block(at, end);
    if (group === ITEM || vr === 'SQ' || open) elements(d, value, end, depth + 1);
    at = open ? value : end;
  }
}
