import { type PacketView, TsSource, WardwireError } from '../core/index.js';
import { MAX_RECORD, Next } from './next.js';
import type { Records } from './records.js';

/*
 * pcapng (draft-ietf-opsawg-pcapng):
 *   block:  type u32, total length u32, body, padding to 4, total length u32
 *   SHB 0a0d0d0a: byte-order magic 1a2b3c4d, major u16, minor u16, section length i64, options
 *   IDB 1: link type u16, reserved u16, snap length u32, options (9 if_tsresol, 14 if_tsoffset)
 *   PB 2 (obsolete): interface u16, drops u16, ts high u32, ts low u32, captured u32, original u32, data
 *   SPB 3: original u32, data
 *   EPB 6: interface u32, ts high u32, ts low u32, captured u32, original u32, data
 */
const Block = { Section: 0x0a0d0d0a, Interface: 1, Packet: 2, Simple: 3, Enhanced: 6 } as const;
const MAGIC = 0x1a2b3c4d;
const OPT_TSRESOL = 9;
const OPT_TSOFFSET = 14;
/** A block larger than this is skipped over, never gathered. */
const MAX_BLOCK = MAX_RECORD + 65_536;

interface Interface {
  linkType: number;
  snapLen: number;
  /** µs a tick, and µs to add. */
  tickUs: number;
  /** Ticks a second when that is a power of ten that divides evenly, for exact arithmetic; 0 otherwise. */
  perSecond: number;
  offsetUs: number;
}

export class PcapNg {
  readonly #path: string;
  #little = true;
  #interfaces: Interface[] = [];
  /** Interfaces of earlier sections, so that `view.iface` stays unique in the file. */
  #firstInterface = 0;
  #skip = 0;

  constructor(path: string) {
    this.#path = path;
  }

  next(r: Records, view: PacketView): Next {
    for (;;) {
      if (this.#skip > 0) {
        const n = Math.min(this.#skip, r.end - r.at);
        r.at += n;
        this.#skip -= n;
        if (this.#skip > 0) return Next.More;
      }
      if (r.end - r.at < 12) return Next.More;
      const at = r.at;
      const b = r.buf;
      let type = this.#u32(b, at);
      if (b.readUInt32LE(at) === Block.Section) {
        type = Block.Section;
        const magic = b.readUInt32LE(at + 8);
        if (magic === MAGIC) this.#little = true;
        else if (b.readUInt32BE(at + 8) === MAGIC) this.#little = false;
        else return this.#damaged(r, 'a section header without its byte-order magic');
      }
      const length = this.#u32(b, at + 4);
      if (length < 12 || (length & 3) !== 0) return this.#damaged(r, `a block claims ${length} bytes`);
      if (length > MAX_BLOCK) {
        if (
          type === Block.Packet ||
          type === Block.Enhanced ||
          type === Block.Simple ||
          type === Block.Section ||
          type === Block.Interface
        ) {
          return this.#damaged(r, `a block of type ${type} claims ${length} bytes`);
        }
        this.#skip = length;
        continue;
      }
      if (r.end - at < length) return Next.More;
      r.at = at + length;
      const bodyEnd = at + length - 4;
      switch (type) {
        case Block.Section:
          if (length < 28) return this.#damaged(r, 'a section header that is too short');
          if (this.#u16(b, at + 12) !== 1) {
            throw new WardwireError('file', `${this.#path}: pcapng version ${this.#u16(b, at + 12)} is not known`);
          }
          this.#firstInterface += this.#interfaces.length;
          this.#interfaces = [];
          break;
        case Block.Interface:
          if (length < 20) return this.#damaged(r, 'an interface description that is too short');
          this.#interfaces.push(this.#interface(b, at + 8, bodyEnd));
          break;
        case Block.Enhanced: {
          if (length < 32) return this.#damaged(r, 'a packet block that is too short');
          const got = this.#packet(view, b, this.#u32(b, at + 8), at + 12, at + 28, bodyEnd);
          if (got !== '') return this.#damaged(r, got);
          return Next.Packet;
        }
        case Block.Packet: {
          if (length < 32) return this.#damaged(r, 'a packet block that is too short');
          const got = this.#packet(view, b, this.#u16(b, at + 8), at + 12, at + 28, bodyEnd);
          if (got !== '') return this.#damaged(r, got);
          return Next.Packet;
        }
        case Block.Simple: {
          if (length < 16) return this.#damaged(r, 'a packet block that is too short');
          const i = this.#interfaces[0];
          if (i === undefined) return this.#damaged(r, 'a packet before any interface description');
          const wire = this.#u32(b, at + 8);
          const cap = Math.min(wire, bodyEnd - at - 12, i.snapLen === 0 ? wire : i.snapLen);
          this.#set(view, b, i, 0, at + 12, cap, wire);
          // a simple packet block carries no time: the newest one stays
          return Next.Packet;
        }
        default:
          break; // name resolution, statistics, decryption secrets, custom blocks: nothing we need
      }
    }
  }

  #packet(view: PacketView, b: Buffer, index: number, tsAt: number, dataAt: number, bodyEnd: number): string {
    const i = this.#interfaces[index];
    if (i === undefined) return `a packet of interface ${index}, which was never described`;
    const high = this.#u32(b, tsAt);
    const low = this.#u32(b, tsAt + 4);
    const cap = this.#u32(b, tsAt + 8);
    const wire = this.#u32(b, tsAt + 12);
    if (cap > MAX_RECORD || dataAt + cap > bodyEnd) return `a packet block claims ${cap} captured bytes`;
    view.tsUs = timeUs(high, low, i) + i.offsetUs;
    this.#set(view, b, i, index, dataAt, cap, wire);
    return '';
  }

  #set(view: PacketView, b: Buffer, i: Interface, index: number, at: number, cap: number, wire: number): void {
    view.buf = b;
    view.tsSource = TsSource.File;
    view.linkType = i.linkType;
    view.iface = this.#firstInterface + index;
    view.off = at;
    view.end = at + cap;
    view.capLen = cap;
    view.wireLen = Math.max(wire, cap);
  }

  #interface(b: Buffer, at: number, end: number): Interface {
    const i: Interface = {
      linkType: this.#u16(b, at),
      snapLen: this.#u32(b, at + 4),
      tickUs: 1,
      perSecond: 1e6,
      offsetUs: 0,
    };
    let o = at + 8;
    while (o + 4 <= end) {
      const code = this.#u16(b, o);
      const len = this.#u16(b, o + 2);
      if (code === 0 || o + 4 + len > end) break;
      if (code === OPT_TSRESOL && len >= 1) {
        const v = b[o + 4];
        // high bit: a negative power of two, else of ten
        const perSecond = v & 0x80 ? 2 ** (v & 0x7f) : 10 ** v;
        i.perSecond = perSecond;
        i.tickUs = 1e6 / perSecond;
      } else if (code === OPT_TSOFFSET && len >= 8) {
        const high = this.#little ? b.readInt32LE(o + 8) : b.readInt32BE(o + 4);
        const low = this.#little ? b.readUInt32LE(o + 4) : b.readUInt32BE(o + 8);
        i.offsetUs = (high * 4294967296 + low) * 1e6;
      }
      o += 4 + ((len + 3) & ~3);
    }
    return i;
  }

  #damaged(r: Records, text: string): Next {
    r.damage = text;
    return Next.Damaged;
  }

  #u32(b: Buffer, at: number): number {
    return this.#little ? b.readUInt32LE(at) : b.readUInt32BE(at);
  }

  #u16(b: Buffer, at: number): number {
    return this.#little ? b.readUInt16LE(at) : b.readUInt16BE(at);
  }
}

/**
 * Ticks of 64 bits to µs. Nanosecond ticks since 1970 exceed 2^53, so seconds and the rest are split before they are
 * brought together; the result is exact to float64's 0.25 µs of today's dates.
 */
function timeUs(high: number, low: number, i: Interface): number {
  const ticks = high * 4294967296 + low;
  if (ticks <= Number.MAX_SAFE_INTEGER) {
    return i.perSecond === 1e6 ? ticks : Math.floor(ticks / i.perSecond) * 1e6 + (ticks % i.perSecond) * i.tickUs;
  }
  const exact = (BigInt(high) << 32n) | BigInt(low);
  const per = BigInt(Math.round(i.perSecond));
  return Number(exact / per) * 1e6 + Number(exact % per) * i.tickUs;
}
