import { type PacketView, TsSource, WardwireError } from '../core/index.js';
import { MAX_RECORD, Next } from './next.js';
import { PcapNg } from './pcapng.js';

/**
 * Capture-file records out of a growing window of bytes, one at a time into the lent view. Constant memory: the window
 * holds at most one record and is refilled from the front. Formats: pcap (µs, ns, modified, both byte orders) and pcapng.
 */

const MAGIC_US = 0xa1b2c3d4;
const MAGIC_NS = 0xa1b23c4d;
/** Alexey Kuznetzov's modified format: eight more bytes a record. */
const MAGIC_MODIFIED = 0xa1b2cd34;
const MAGIC_NG = 0x0a0d0d0a;
/** Files some tools wrote with IXIA hardware: µs and ns, 4 more header bytes. */
const MAGIC_IXIA_HW = 0x1c0001ac;
const MAGIC_IXIA_SW = 0x1c0001ab;

export class Records {
  buf: Buffer;
  at = 0;
  end = 0;
  /** Offset in the file of `buf[0]`. */
  base = 0;
  /** Why the file is damaged. */
  damage = '';
  readonly #path: string;
  #little = true;
  #nano = false;
  #extra = 0;
  #header = false;
  #linkType = 1;
  #ng: PcapNg | null = null;

  constructor(path: string, chunkBytes: number) {
    this.#path = path;
    this.buf = Buffer.allocUnsafe(chunkBytes);
  }

  get fileOffset(): number {
    return this.base + this.at;
  }

  /** Makes room behind `end` and returns how many bytes fit there. */
  room(): number {
    if (this.at > 0) {
      this.buf.copy(this.buf, 0, this.at, this.end);
      this.base += this.at;
      this.end -= this.at;
      this.at = 0;
    }
    if (this.end === this.buf.length) {
      const more = Buffer.allocUnsafe(this.buf.length * 2);
      this.buf.copy(more, 0, 0, this.end);
      this.buf = more;
    }
    return this.buf.length - this.end;
  }

  /** @throws WardwireError('file') when the first bytes are those of no capture format */
  next(view: PacketView): Next {
    if (!this.#header && !this.#readHeader()) return Next.More;
    if (this.#ng !== null) return this.#ng.next(this, view);
    const size = 16 + this.#extra;
    const at = this.at;
    if (this.end - at < size) return Next.More;
    const b = this.buf;
    const little = this.#little;
    const capLen = little ? b.readUInt32LE(at + 8) : b.readUInt32BE(at + 8);
    const wireLen = little ? b.readUInt32LE(at + 12) : b.readUInt32BE(at + 12);
    if (capLen > MAX_RECORD) {
      this.damage = `a record claims ${capLen} bytes (at most ${MAX_RECORD} are believed)`;
      return Next.Damaged;
    }
    if (this.end - at < size + capLen) return Next.More;
    const s = little ? b.readUInt32LE(at) : b.readUInt32BE(at);
    const f = little ? b.readUInt32LE(at + 4) : b.readUInt32BE(at + 4);
    view.buf = b;
    view.tsUs = s * 1e6 + (this.#nano ? f / 1000 : f);
    view.tsSource = TsSource.File;
    view.linkType = this.#linkType;
    view.iface = 0;
    view.off = at + size;
    view.end = at + size + capLen;
    view.capLen = capLen;
    view.wireLen = Math.max(wireLen, capLen);
    this.at = at + size + capLen;
    return Next.Packet;
  }

  #readHeader(): boolean {
    if (this.end - this.at < 4) return false;
    const b = this.buf;
    const magic = b.readUInt32LE(this.at);
    if (magic === MAGIC_NG) {
      this.#ng = new PcapNg(this.#path);
      this.#header = true;
      return true;
    }
    const known = [MAGIC_US, MAGIC_NS, MAGIC_MODIFIED, MAGIC_IXIA_HW, MAGIC_IXIA_SW];
    const big = b.readUInt32BE(this.at);
    const little = known.includes(magic);
    if (!little && !known.includes(big)) {
      throw new WardwireError('file', `${this.#path}: not a pcap or pcapng file`, [
        {
          path: `${this.#path} offset 0`,
          text: `starts with ${b.toString('hex', this.at, this.at + 4)}`,
          hint: 'captures start with a1b2c3d4, a1b23c4d (either byte order) or 0a0d0d0a',
        },
      ]);
    }
    const m = little ? magic : big;
    const ixia = m === MAGIC_IXIA_HW || m === MAGIC_IXIA_SW;
    if (this.end - this.at < (ixia ? 28 : 24)) return false;
    this.#little = little;
    this.#nano = m === MAGIC_NS || m === MAGIC_IXIA_HW;
    this.#extra = m === MAGIC_MODIFIED ? 8 : 0;
    const network = little ? b.readUInt32LE(this.at + 20) : b.readUInt32BE(this.at + 20);
    // the upper bits tell of frame check sequences (pcap-savefile(5))
    this.#linkType = network & 0xffff;
    this.at += ixia ? 28 : 24;
    this.#header = true;
    return true;
  }

  /** Whether the file header was complete. */
  get started(): boolean {
    return this.#header;
  }
}
