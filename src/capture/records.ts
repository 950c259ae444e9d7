import { type PacketView, TsSource, WardwireError } from '../core/index.js';
import { foreignFormat } from './foreign.js';
import { MAX_RECORD, Next } from './next.js';
import { isPcap, Lengths, PCAP_HEADER_BYTES, readPcapHeader } from './pcap-header.js';
import { isPcapNg, PcapNg } from './pcapng.js';

/** Bytes of the window: larger than any record or block that is believed, so that it never has to grow. */
const WINDOW = 1 << 20;

/** Records of nothing but zeros, one after the other, that are believed: a file that was laid out and not written, or a bomb, has no end of them. */
const MAX_ZEROS = 4096;

/**
 * Capture-file records out of a window of bytes, one at a time into the lent view. Constant memory: the window is refilled
 * from the front once its whole records are used up. Formats: pcap in all its dialects and pcapng.
 */
export class Records {
  readonly buf = Buffer.allocUnsafe(WINDOW);
  at = 0;
  end = 0;
  /** Offset in the file of `buf[0]`. */
  base = 0;
  /** Why the file is damaged. */
  damage = '';
  /** It is not damaged but ends too early. */
  cutShort = false;
  /** Name for messages. */
  path = '';
  #little = true;
  #nano = false;
  #extra = 0;
  #lengths: Lengths = Lengths.Normal;
  #linkType = 1;
  #header = false;
  #zeros = 0;
  #ended = false;
  #ng: PcapNg | null = null;

  /** Begins another file in the same window. */
  reset(path: string): void {
    this.path = path;
    this.at = this.end = this.base = 0;
    this.damage = '';
    this.cutShort = false;
    this.#header = this.#ended = false;
    this.#zeros = 0;
    this.#ng = null;
  }

  /** Offset in the file of the next record. */
  get fileOffset(): number {
    return this.base + this.at;
  }

  /** Whether the file header was complete. */
  get started(): boolean {
    return this.#header;
  }

  get format(): 'pcap' | 'pcapng' {
    return this.#ng === null ? 'pcap' : 'pcapng';
  }

  /** Bytes behind the last whole record; above 0 at the end of the file it was cut. */
  get rest(): number {
    return this.end - this.at + (this.#ng?.owed ?? 0);
  }

  /** Makes room behind `end` and returns how many bytes fit there. */
  room(): number {
    if (this.at > 0) {
      this.buf.copyWithin(0, this.at, this.end);
      this.base += this.at;
      this.end -= this.at;
      this.at = 0;
    }
    return this.buf.length - this.end;
  }

  /** Says that no bytes follow, so that the header of a very short file is judged by what there is. */
  finish(): void {
    this.#ended = true;
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
    let capLen = little ? b.readUInt32LE(at + 8) : b.readUInt32BE(at + 8);
    let wireLen = little ? b.readUInt32LE(at + 12) : b.readUInt32BE(at + 12);
    if (this.#lengths !== Lengths.Normal && (this.#lengths === Lengths.Swapped || capLen > wireLen)) {
      const other = capLen;
      capLen = wireLen;
      wireLen = other;
    }
    if (capLen > MAX_RECORD) {
      this.damage = `a record claims ${capLen} bytes (at most ${MAX_RECORD} are believed)`;
      return Next.Damaged;
    }
    if (this.end - at < size + capLen) return Next.More;
    const s = little ? b.readUInt32LE(at) : b.readUInt32BE(at);
    const f = little ? b.readUInt32LE(at + 4) : b.readUInt32BE(at + 4);
    if (wireLen > 0 || capLen > 0 || s > 0 || f > 0) this.#zeros = 0;
    else if (++this.#zeros > MAX_ZEROS) {
      this.damage = 'only zeros where records should be';
      return Next.Damaged;
    }
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
    const have = this.end - this.at;
    if (have < 4) return false;
    const b = this.buf;
    if (isPcapNg(b, this.at)) {
      this.#ng = new PcapNg(this.path);
      this.#header = true;
      return true;
    }
    if (!isPcap(b, this.at)) throw this.#refuse(b);
    if (have < PCAP_HEADER_BYTES && !(this.#ended && have >= 24)) return false;
    const h = readPcapHeader(b, this.at, this.end);
    if (have < h.size) return false;
    this.#little = h.little;
    this.#nano = h.nano;
    this.#extra = h.extra;
    this.#lengths = h.lengths;
    this.#linkType = h.linkType;
    this.at += h.size;
    this.#header = true;
    return true;
  }

  #refuse(b: Buffer): WardwireError {
    const head = b.subarray(this.at, Math.min(this.end, this.at + 16));
    const other = foreignFormat(head);
    return new WardwireError('file', `${this.path}: not a pcap or pcapng file${other === '' ? '' : ` but ${other}`}`, [
      {
        path: `${this.path} offset 0`,
        text: `starts with ${head.toString('hex', 0, 8)}`,
        hint: other.startsWith('compressed')
          ? 'gzip and zstd are read as they are; unpack others first'
          : 'captures start with a1b2c3d4, a1b23c4d (either byte order) or 0a0d0d0a; editcap converts other formats',
      },
    ]);
  }
}
