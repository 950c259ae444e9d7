import { type PacketSink, PacketView, type SettingsOf, type ShareSpec, serverWords, TsSource } from '../core/index.js';
import { type Addon, AddonState, type ReadMode } from './addon.js';
import { type Clock, monotonicUs } from './clock.js';
import { linkPackets, readLink, sysLine } from './link.js';
import { openError } from './open-errors.js';
import type { captureSettings } from './settings.js';

/** Packets between two looks at the clock. */
const CLOCK_EVERY = 8;
const RECORD_HEADER = 16;
/** Ethernet header, three VLAN tags and the check sequence: what a frame has beyond the MTU of its interface. */
const FRAME_OVERHEAD = 14 + 3 * 4 + 4;
/** From this MTU on no frame can be too large (loopback). */
const NO_MTU = 65_535;
const DLT_RAW = 12;
const LINKTYPE_RAW = 101;

/** One interface: its kernel ring, the batch taken from it, and how far that batch is handed over. */
export class Ring {
  readonly name: string;
  readonly view = new PacketView();
  readonly state = new Float64Array(AddonState.Size);
  delivered = 0;
  octets = 0;
  /** Frames larger than the interface's MTU allows on a cable. */
  oversize = 0;
  /** True when the last read found nothing. */
  dry = true;
  /** Received, dropped by the kernel, dropped by the interface, over all openings. */
  readonly counts = new Float64Array(3);
  readonly #addon: Addon;
  readonly #s: SettingsOf<typeof captureSettings>;
  readonly #buffer: Buffer;
  readonly #onReadable: () => void;
  readonly #clock: Clock;
  /** The part of the traffic that is for this process, null all of it. */
  readonly #share: ShareSpec | null;
  readonly #last = new Float64Array(3);
  #handle: unknown = null;
  #at = 0;
  #end = 0;
  /** The second lane, handed over after the first. */
  #lowAt = 0;
  #lowEnd = 0;
  #index = 0;
  #linkBase = -1;
  #largest = Number.POSITIVE_INFINITY;
  #receivedBase = 0;
  #low = new Uint32Array(0);
  /** All but those of `#low` are of low priority. */
  #others = false;

  constructor(
    name: string,
    iface: number,
    addon: Addon,
    settings: SettingsOf<typeof captureSettings>,
    onReadable: () => void,
    clock: Clock,
    share: ShareSpec | null = null,
  ) {
    this.#clock = clock;
    this.#share = share;
    this.name = name;
    this.#addon = addon;
    this.#s = settings;
    this.#onReadable = onReadable;
    this.#buffer = Buffer.alloc(Math.max(settings.batch_kib * 1024, 2 * (settings.snaplen + RECORD_HEADER)));
    this.view.buf = this.#buffer;
    this.view.iface = iface;
    this.view.tsSource = TsSource.Kernel;
  }

  get isOpen(): boolean {
    return this.#handle !== null;
  }

  /** @throws WardwireError permission, interface or filter */
  open(): void {
    const s = this.#s;
    const options = {
      interface: this.name,
      filter: s.filter,
      snaplen: s.snaplen,
      bufferBytes: s.buffer_mib * 1048576,
      promiscuous: s.promiscuous ? 1 : 0,
      timeoutMs: s.block_timeout_ms,
      adapterTime: s.timestamps === 'adapter' ? 1 : 0,
      shareOf: this.#share?.of ?? 1,
      shareIndex: this.#share?.index ?? 0,
      shareServers: serverWords(this.#share?.servers ?? []),
    };
    try {
      this.#handle = this.#addon.open(options, this.#buffer, this.state, this.#onReadable);
    } catch (cause) {
      throw openError(this.name, s.filter, cause);
    }
    const linkType = this.#addon.stats(this.#handle)[3];
    // live captures speak of DLT numbers, files of LINKTYPE numbers; raw IP is the one that differs here
    this.view.linkType = linkType === DLT_RAW ? LINKTYPE_RAW : linkType;
    this.#last.fill(0);
    this.#index = readLink(this.name).index;
    this.#linkBase = linkPackets(this.name);
    const mtu = Number(sysLine(this.name, 'mtu'));
    this.#largest = mtu > 0 && mtu < NO_MTU ? mtu + FRAME_OVERHEAD : Number.POSITIVE_INFINITY;
    this.#receivedBase = this.counts[0];
    this.dry = false;
    if (this.hasLowHosts) this.#addon.lowHosts(this.#handle, this.#low, this.#others);
  }

  close(): void {
    if (this.#handle === null) return;
    this.count();
    this.#addon.close(this.#handle);
    this.#handle = null;
  }

  /** The packets of these hosts among each other, or of all others, may wait under load. */
  lowHosts(words: Uint32Array<ArrayBuffer>, others: boolean): void {
    this.#low = words;
    this.#others = others;
    if (this.#handle !== null) this.#addon.lowHosts(this.#handle, words, others);
  }

  get hasLowHosts(): boolean {
    return this.#low.length > 0 || this.#others;
  }

  /** Whether the interface under this name is another one than was opened. */
  get replaced(): boolean {
    return this.#handle !== null && this.#index !== 0 && readLink(this.name).index !== this.#index;
  }

  error(): string {
    return this.#handle === null ? 'closed' : this.#addon.error(this.#handle);
  }

  arm(): void {
    if (this.#handle !== null) this.#addon.arm(this.#handle);
  }

  /** Takes a batch off the ring. Call when nothing is pending. @returns packets, 0 none waiting, −1 failed */
  read(most: number, mode: ReadMode): number {
    if (this.#handle === null) return 0;
    const n = this.#addon.read(this.#handle, most, mode);
    this.dry = n <= 0;
    this.#at = 0;
    this.#end = n > 0 ? this.state[AddonState.End] : 0;
    this.#lowAt = this.#buffer.length >>> 1;
    this.#lowEnd = n > 0 ? this.state[AddonState.LowEnd] : this.#lowAt;
    if (this.#at === this.#end) this.#secondLane();
    return n;
  }

  /** Whether packets of the batch wait to be handed over. */
  get pending(): boolean {
    return this.#at < this.#end;
  }

  /** Capture time of the newest packet taken off the ring, handed over or not, µs; 0 none yet. */
  get newestUs(): number {
    return this.state[AddonState.NewestUs];
  }

  /** Capture time of the next packet of the batch, µs; +∞ without one. */
  get nextUs(): number {
    if (this.#at >= this.#end) return Number.POSITIVE_INFINITY;
    return this.#buffer.readUInt32LE(this.#at) * 1e6 + this.#buffer.readUInt32LE(this.#at + 4) / 1000;
  }

  /**
   * Hands over packets of the batch until it is used up, `most` are done, the clock passes `untilUs` or a packet is later
   * than `upToUs` (another interface's turn). A record is a nanosecond pcap record in little-endian order (pcap-savefile(5)).
   * @returns packets handed over
   */
  deliver(sink: PacketSink, most: number, untilUs: number, upToUs: number): number {
    const view = this.view;
    const buf = this.#buffer;
    let n = 0;
    while (n < most && this.#at < this.#end) {
      const at = this.#at;
      const tsUs = buf.readUInt32LE(at) * 1e6 + buf.readUInt32LE(at + 4) / 1000;
      if (tsUs > upToUs) break;
      const capLen = buf.readUInt32LE(at + 8);
      const wireLen = buf.readUInt32LE(at + 12);
      view.tsUs = this.#clock.eventOf(tsUs);
      view.off = at + RECORD_HEADER;
      view.end = at + RECORD_HEADER + capLen;
      view.capLen = capLen;
      view.wireLen = wireLen;
      // moved on before the call: a packet is never handed over twice
      this.#at = view.end;
      if (this.#at === this.#end) this.#secondLane();
      this.delivered++;
      this.octets += wireLen;
      if (wireLen > this.#largest) this.oversize++;
      n++;
      sink.packet(view);
      if (n % CLOCK_EVERY === 0 && monotonicUs() >= untilUs) break;
    }
    return n;
  }

  /** Brings `counts` up to date; often enough that 32-bit counters do not wrap unseen. */
  count(): void {
    if (this.#handle === null) return;
    const now = this.#addon.stats(this.#handle);
    for (let i = 0; i < 3; i++) {
      if (now[i] < 0) continue;
      this.counts[i] += (now[i] - this.#last[i]) >>> 0;
      this.#last[i] = now[i];
    }
  }

  /** Packets the interface counted since it was opened that the ring never received; −1 unknown. */
  unaccounted(): number {
    const now = linkPackets(this.name);
    if (now < 0 || this.#linkBase < 0 || this.#s.filter !== '' || this.#share !== null) return -1;
    return Math.max(0, now - this.#linkBase - (this.counts[0] - this.#receivedBase));
  }

  /**
   * Packets the ring received that were neither handed over nor counted as dropped or shed; while packets wait in the ring they are
   * among them.
   */
  unexplained(): number {
    return this.counts[0] - this.counts[1] - this.delivered - this.state[AddonState.ShedPackets];
  }

  #secondLane(): void {
    this.#at = this.#lowAt;
    this.#end = this.#lowEnd;
    this.#lowAt = this.#lowEnd;
  }
}
