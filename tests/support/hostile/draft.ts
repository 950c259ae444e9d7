/** What a field means, and so what it can be broken with. */
export type Meaning = 'length' | 'count' | 'type' | 'flags' | 'number' | 'text';

/** A field of a message: where it lies, and for a length what it measures. */
export interface Field {
  at: number;
  readonly size: number;
  readonly meaning: Meaning;
  readonly little?: boolean;
  /** A length's content `from … to`, which it follows when bytes come or go. */
  from?: number;
  to?: number;
  /** Octets a unit of the length stands for (4 in an IP header); 1 without. */
  readonly unit?: number;
  /** Bits of the field that hold the value; all without. */
  readonly mask?: number;
}

/** A part that can be cut, doubled, moved, nested or put into another message: an item, an option, a segment, a record. */
export interface Block {
  from: number;
  to: number;
}

/** A message with what is known of its structure. Lengths follow when bytes are put in or taken out, unless they are told to lie. */
export class Draft {
  readonly fields: Field[] = [];
  readonly blocks: Block[] = [];

  constructor(public bytes: Buffer) {}

  field(at: number, size: number, meaning: Meaning, more: Partial<Field> = {}): void {
    if (at >= 0 && at + size <= this.bytes.length) this.fields.push({ at, size, meaning, ...more });
  }

  /** A length of what lies in `from … to`. */
  length(at: number, size: number, from: number, to: number, more: Partial<Field> = {}): void {
    this.field(at, size, 'length', { from, to: Math.min(to, this.bytes.length), ...more });
  }

  block(from: number, to: number): void {
    if (to > from && to <= this.bytes.length) this.blocks.push({ from, to });
  }

  read(f: Field): number {
    let v = 0;
    for (let i = 0; i < f.size; i++) v = v * 256 + this.bytes[f.little ? f.at + f.size - 1 - i : f.at + i];
    return f.mask === undefined ? v : (v & f.mask) >>> 0;
  }

  write(f: Field, value: number): void {
    let v = value;
    if (f.mask !== undefined) v = (value & f.mask) | (this.read({ ...f, mask: undefined }) & ~f.mask);
    for (let i = 0; i < f.size; i++) {
      this.bytes[f.little ? f.at + i : f.at + f.size - 1 - i] = v & 255;
      v = Math.floor(v / 256);
    }
  }

  /** Replaces `remove` bytes at `at` by others; `honest` lets the lengths around follow. */
  splice(at: number, remove: number, insert: Buffer, honest: boolean): void {
    const end = at + remove;
    const delta = insert.length - remove;
    const b = this.bytes;
    this.bytes = Buffer.concat([b.subarray(0, at), insert, b.subarray(end)]);
    const inside = (p: number): boolean => p >= at && p < end;
    for (let i = this.fields.length - 1; i >= 0; i--) {
      const f = this.fields[i];
      if (inside(f.at)) {
        this.fields.splice(i, 1);
        continue;
      }
      if (f.at >= end) f.at += delta;
      if (f.from === undefined || f.to === undefined) continue;
      const around = f.from <= at && f.to >= end;
      if (f.from >= end && !around) f.from += delta;
      if (f.to >= end) f.to += delta;
      if (around && honest && delta !== 0) this.write(f, this.read(f) + Math.trunc(delta / (f.unit ?? 1)));
    }
    for (let i = this.blocks.length - 1; i >= 0; i--) {
      const k = this.blocks[i];
      const around = k.from <= at && k.to >= end;
      if (inside(k.from) && !around) this.blocks.splice(i, 1);
      else {
        if (k.from >= end && !around) k.from += delta;
        if (k.to >= end) k.to += delta;
      }
    }
  }
}

/** Describes a message: adds fields and blocks for `d.bytes[from … to)`. */
export type Grammar = (d: Draft, from: number, to: number) => void;
