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

/** Interfaces a section may describe; more is damage, not a capture. */
const MAX_INTERFACES = 65_536;

interface Interface {
  linkType: number;
  snapLen: number;
  /** Ticks a second and a microsecond, µs to add. */
  perSecond: number;
  perUs: number;
  offsetUs: number;
}

export function isPcapNg(b: Buffer, at: number): boolean {
  return b.readUInt32LE(at) === Block.Section;
}

export class PcapNg {
  readonly #path: string;
  #little = true;
  #interfaces: Interface[] = [];
  /** Interfaces of earlier sections, so that `view.iface` stays unique in the file. */
  #firstInterface = 0;
  #skip = 0;
  #sections = 0;

  /** Bytes of a skipped block that have not come yet. */
  get owed(): number {
    return this.#skip;
  }

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
        else if (this.#sections === 0) {
          throw new WardwireError('file', `${this.#path}: not a pcapng file: its byte-order magic is wrong`);
        } else return this.#damaged(r, 'a section header without its byte-order magic');
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
          if (!this.#knownVersion(b, at)) {
            const version = `${this.#u16(b, at + 12)}.${this.#u16(b, at + 14)}`;
            if (this.#sections > 0)
              return this.#damaged(r, `a section of pcapng version ${version}, which is not known`);
            throw new WardwireError('file', `${this.#path}: pcapng version ${version} is not known`);
          }
          this.#sections++;
          this.#firstInterface += this.#interfaces.length;
          this.#interfaces = [];
          break;
        case Block.Interface:
          if (length < 20) return this.#damaged(r, 'an interface description that is too short');
          if (this.#interfaces.length >= MAX_INTERFACES) return this.#damaged(r, 'too many interface descriptions');
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

  /** 1.0, and 1.2 which some writers call the same thing. */
  #knownVersion(b: Buffer, at: number): boolean {
    const minor = this.#u16(b, at + 14);
    return this.#u16(b, at + 12) === 1 && (minor === 0 || minor === 2);
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
      perSecond: 1e6,
      perUs: 1,
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
        i.perUs = perSecond / 1e6;
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
 * Ticks of 64 bits to µs. Nanosecond ticks since 1970 exceed 2^53, so whole seconds and the rest are taken apart first:
 * `high × 2^32` and its remainder are exact in float64. The result is exact to float64's 0.25 µs of today's dates.
 */
function timeUs(high: number, low: number, i: Interface): number {
  const per = i.perSecond;
  const top = high * 4294967296;
  if (per === 1e6) return top + low;
  if (per > 2 ** 51) return (top + low) / i.perUs;
  const left = top % per;
  // a whole number of seconds up to rounding, which Math.round takes back
  const seconds = Math.round((top - left) / per);
  const rest = left + low;
  const more = Math.floor(rest / per);
  return (seconds + more) * 1e6 + (rest - more * per) / i.perUs;
}
