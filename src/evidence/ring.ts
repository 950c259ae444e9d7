import type { PacketView } from '../core/index.js';
import { PacketDigest } from './digest.js';
import { headerBytes } from './headers.js';

/*
 * One record of the ring, 32-bit words, begun at an even word:
 *   0 source device, 1 destination device, 2 and 3 words back to the packet before of each (0 none),
 *   4–5 time µs float64, 6 octets on the wire | interface << 24, 7 bytes kept | link type << 16, then the bytes.
 * A cut holds the same without the first four words.
 */
const LINKS = 4;
const FACTS = 4;
const META = LINKS + FACTS;
const MAX_BYTES = 0xffff;
const MAX_WIRE = 0xffffff;
/** Up to here a loop over words is faster than a call out of JavaScript. */
const SHORT = 192;
/** Times remembered to say how far back memory reaches; even. */
const MILESTONES = 64;
const LITTLE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Packets taken out of the ring, oldest first, in one buffer that can be handed to a thread. */
export interface Cut {
  readonly words: Int32Array<ArrayBuffer>;
  readonly packets: number;
  /** µs since 1970; 0 when there is none. */
  readonly firstUs: number;
  readonly lastUs: number;
  /** Packets of the time asked for were left out: overwritten or beyond a limit. */
  readonly incomplete: boolean;
}

export interface CutRequest {
  readonly device: number;
  /** Packets older than this are left out, µs. */
  readonly fromUs: number;
  /** Only what was written since (see `mark`), 0 everything. */
  readonly since: number;
  readonly maxPackets: number;
  readonly maxBytes: number;
}

/**
 * Recent packets of all devices in one preallocated buffer: the oldest are overwritten. Each record is chained to the one
 * before of either device by a distance, so a device's packets are found without search. Nothing is allocated per packet.
 */
export class PacketRing {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #size: number;
  /** Newest record of a device, in words written since the start; −1 none. */
  readonly #last: Float64Array;
  readonly #full: boolean;
  /** Words written since the start, and where that is in the ring. */
  #head = 0;
  #at = 0;
  #source: Buffer | null = null;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #picked = new Int32Array(256);
  /** Places and times of records a part of the ring apart, the oldest at `#milestone`. */
  readonly #milestonePlace = new Float64Array(MILESTONES).fill(-1);
  readonly #milestoneUs = new Float64Array(MILESTONES);
  #milestone = 0;
  #nextMilestone = 0;

  /** @param full keeps whole packets instead of headers */
  constructor(bytes: number, devices: number, full: boolean) {
    const buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
    this.#words = new Int32Array(buffer);
    this.#times = new Float64Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#size = this.#words.length;
    this.#last = new Float64Array(devices).fill(-1);
    this.#full = full;
  }

  /** A place in what was written: `CutRequest.since`. */
  get mark(): number {
    return this.#head;
  }

  /** How far back memory reaches for certain, µs; 0 when nothing was overwritten yet. */
  reachUs(): number {
    const valid = this.#head - this.#size;
    if (valid <= 0) return 0;
    for (let i = 0; i < MILESTONES; i++) {
      const m = (this.#milestone + i) % MILESTONES;
      if (this.#milestonePlace[m] >= valid) return this.#milestoneUs[m];
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Keeps a packet of a known device. */
  packet(v: PacketView): void {
    const { srcDev, dstDev } = v;
    if (srcDev < 0 && dstDev < 0) return;
    const words = this.#words;
    const bytes = this.#full ? (v.capLen < MAX_BYTES ? v.capLen : MAX_BYTES) : headerBytes(v);
    const data = (bytes + 3) >> 2;
    const need = META + data + (data & 1);
    let at = this.#at;
    let head = this.#head;
    if (at + need > this.#size) {
      if (need > this.#size) return;
      head += this.#size - at;
      at = 0;
    }
    if (head >= this.#nextMilestone) this.#passed(head, v.tsUs);
    words[at] = srcDev;
    words[at + 1] = dstDev;
    words[at + 2] = srcDev < 0 ? 0 : this.#link(srcDev, head);
    words[at + 3] = dstDev < 0 || dstDev === srcDev ? 0 : this.#link(dstDev, head);
    this.#times[(at + LINKS) >> 1] = v.tsUs;
    const wire = v.wireLen < MAX_WIRE ? v.wireLen : MAX_WIRE;
    words[at + 6] = wire | ((v.iface < 255 ? v.iface : 255) << 24);
    words[at + 7] = bytes | (v.linkType << 16);
    this.#copy(v, bytes, at + META);
    this.#at = at + need;
    this.#head = head + need;
  }

  /** Packets of a device, the newest within the limits, oldest first. */
  cut(r: CutRequest): Cut {
    const words = this.#words;
    const valid = Math.max(this.#head - this.#size, 0);
    let picked = 0;
    let total = 0;
    let incomplete = false;
    let place = this.#last[r.device] ?? -1;
    while (place >= 0 && place >= r.since) {
      // what was overwritten ends the chain
      if (place < valid) {
        incomplete = true;
        break;
      }
      const at = place % this.#size;
      if (this.#times[(at + LINKS) >> 1] < r.fromUs) break;
      const size = FACTS + wordsOf(words[at + 7]);
      if (picked === r.maxPackets || (total + size) * 4 > r.maxBytes) {
        incomplete = true;
        break;
      }
      this.#pick(picked++, at);
      total += size;
      const back = words[at + (words[at] === r.device ? 2 : 3)];
      if (back === 0) break;
      place -= back;
    }
    return this.#take(picked, total, incomplete || (r.since === 0 && this.reachUs() > r.fromUs));
  }

  #take(picked: number, total: number, incomplete: boolean): Cut {
    const out = new Int32Array(total);
    const ring = this.#words;
    let to = 0;
    for (let i = picked - 1; i >= 0; i--) {
      const from = this.#picked[i] + LINKS;
      const end = from + FACTS + wordsOf(ring[from + 3]);
      if (end - from > SHORT) {
        out.set(ring.subarray(from, end), to);
        to += end - from;
      } else for (let k = from; k < end; k++) out[to++] = ring[k];
    }
    const time = (i: number): number => this.#times[(this.#picked[i] + LINKS) >> 1];
    return {
      words: out,
      packets: picked,
      firstUs: picked === 0 ? 0 : time(picked - 1),
      lastUs: picked === 0 ? 0 : time(0),
      incomplete,
    };
  }

  #passed(head: number, tsUs: number): void {
    this.#milestonePlace[this.#milestone] = head;
    this.#milestoneUs[this.#milestone] = tsUs;
    this.#milestone = (this.#milestone + 1) % MILESTONES;
    this.#nextMilestone = head + this.#size / (MILESTONES / 2);
  }

  #pick(i: number, at: number): void {
    if (i >= this.#picked.length) {
      const more = new Int32Array(this.#picked.length * 2);
      more.set(this.#picked);
      this.#picked = more;
    }
    this.#picked[i] = at;
  }

  /** Words back to the device's packet before, 0 when that is overwritten or there is none; this one is its newest now. */
  #link(device: number, head: number): number {
    const back = head - this.#last[device];
    const none = this.#last[device] < 0 || back > this.#size;
    this.#last[device] = head;
    return none ? 0 : back;
  }

  #copy(v: PacketView, bytes: number, to: number): void {
    const { buf, off } = v;
    if (bytes > SHORT) {
      this.#bytes.set(buf.subarray(off, off + bytes), to * 4);
      return;
    }
    if (buf !== this.#source) {
      this.#source = buf;
      this.#view = new DataView(buf.buffer, buf.byteOffset, buf.length);
    }
    const view = this.#view;
    const words = this.#words;
    const whole = bytes >> 2;
    for (let i = 0; i < whole; i++) words[to + i] = view.getInt32(off + 4 * i, LITTLE);
    for (let i = whole * 4; i < bytes; i++) this.#bytes[to * 4 + i] = buf[off + i];
  }
}

/** Words that the bytes of a record take, by its word of length and link type. */
function wordsOf(lengthAndLink: number): number {
  const data = ((lengthAndLink & 0xffff) + 3) >> 2;
  return data + (data & 1);
}

/** The digest of a cut's packets. */
export function digestOfCut(cut: Cut): string {
  const { words } = cut;
  const times = new Float64Array(words.buffer, words.byteOffset, words.length >> 1);
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.length * 4);
  const digest = new PacketDigest(cut.packets);
  for (let at = 0; at < words.length; ) {
    const lengthAndLink = words[at + 3];
    const kept = lengthAndLink & 0xffff;
    digest.add(times[at >> 1], words[at + 2] & MAX_WIRE, lengthAndLink >>> 16, bytes, (at + FACTS) * 4, kept);
    at += FACTS + wordsOf(lengthAndLink);
  }
  return digest.sum();
}

/** One packet of a cut. */
export interface CutPacket {
  readonly tsUs: number;
  readonly wireLen: number;
  readonly iface: number;
  readonly linkType: number;
  /** The bytes kept: a view into the cut. */
  readonly data: Uint8Array;
}

/** The packets of a cut, one after the other. */
export function* packetsOf(words: Int32Array<ArrayBuffer>): Generator<CutPacket> {
  const times = new Float64Array(words.buffer, words.byteOffset, words.length >> 1);
  for (let at = 0; at < words.length; ) {
    const lengthAndLink = words[at + 3];
    const from = words.byteOffset + (at + FACTS) * 4;
    yield {
      tsUs: times[at >> 1],
      wireLen: words[at + 2] & MAX_WIRE,
      iface: words[at + 2] >>> 24,
      linkType: lengthAndLink >>> 16,
      data: new Uint8Array(words.buffer, from, lengthAndLink & 0xffff),
    };
    at += FACTS + wordsOf(lengthAndLink);
  }
}
