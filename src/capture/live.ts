import { readFileSync } from 'node:fs';
import {
  type Counters,
  type PacketSink,
  type PacketSource,
  PacketView,
  type SettingsOf,
  type SourceNotice,
  type SourceStats,
  WardwireError,
} from '../core/index.js';
import type { Addon } from './addon.js';
import { deliverBatch } from './batch.js';
import { monotonicUs } from './clock.js';
import type { captureSettings } from './settings.js';

/** Packets asked of the addon at once: small enough to keep the turn's time bound, large enough to spare calls. */
const BATCH_PACKETS = 512;
const LINK_CHECK_MS = 1000;

export type CaptureOptions = SettingsOf<typeof captureSettings>;

/** What to do when a capture may not be opened; names the capability and both ways to grant it. */
export function permissionError(name: string, cause: unknown): WardwireError {
  return new WardwireError(
    'permission',
    `no permission to capture on ${name}: the capability CAP_NET_RAW is missing`,
    [
      { path: name, text: 'run as root (sudo), or as a service with AmbientCapabilities=CAP_NET_RAW' },
      { path: name, text: 'or grant it once: sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"' },
    ],
    { cause },
  );
}

/** Live packets from a TPACKET_V3 ring through our own addon. Survives link loss and an interface that goes and comes. */
export class LiveSource implements PacketSource {
  readonly name: string;
  readonly done: Promise<void>;
  readonly #addon: Addon;
  readonly #s: CaptureOptions;
  readonly #buffer: Buffer;
  readonly #view = new PacketView();
  #handle: unknown = null;
  #sink: PacketSink | null = null;
  #notice: (n: SourceNotice) => void = () => undefined;
  #delivered = 0;
  #octets = 0;
  #lastUs = 0;
  /** Counts of handles already closed. */
  readonly #past = [0, 0, 0];
  #stopped = false;
  #down = false;
  #timer: NodeJS.Timeout | null = null;
  #resolveDone: () => void = () => undefined;

  constructor(iface: string, addon: Addon, settings: CaptureOptions, _counters: Counters) {
    this.name = iface;
    this.#addon = addon;
    this.#s = settings;
    this.#buffer = Buffer.alloc(Math.max(settings.batch_kib * 1024, settings.snaplen + 16));
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  async start(sink: PacketSink, notice: (n: SourceNotice) => void): Promise<void> {
    this.#sink = sink;
    this.#notice = notice;
    this.#open();
    notice({ state: 'running', text: `capturing on ${this.name}` });
    this.#timer = setInterval(() => this.#checkLink(), LINK_CHECK_MS);
  }

  stats(): SourceStats {
    const now = this.#handle === null ? [0, 0, 0] : this.#addon.stats(this.#handle);
    return {
      delivered: this.#delivered,
      octets: this.#octets,
      received: this.#past[0] + now[0],
      droppedKernel: this.#past[1] + now[1],
      droppedInterface: this.#past[2] + now[2],
      lastUs: this.#lastUs,
      bytesRead: 0,
      bytesTotal: -1,
    };
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#timer) clearInterval(this.#timer);
    // what the ring already holds is delivered first
    for (let i = 0; i < 64 && this.#handle !== null && this.#read(BATCH_PACKETS) > 0; i++);
    this.#close();
    this.#resolveDone();
  }

  #open(): void {
    const s = this.#s;
    try {
      this.#handle = this.#addon.open(
        {
          interface: this.name,
          filter: s.filter,
          snaplen: s.snaplen,
          bufferBytes: s.buffer_mib * 1048576,
          promiscuous: s.promiscuous ? 1 : 0,
          timeoutMs: s.block_timeout_ms,
        },
        this.#buffer,
        () => this.#turn(),
      );
    } catch (cause) {
      const { code, message } = cause as { code?: string; message: string };
      if (code === 'permission') throw permissionError(this.name, cause);
      if (code === 'filter') {
        throw new WardwireError('filter', `the filter does not compile: ${message}`, [
          { path: 'capture.filter', text: s.filter, hint: 'pcap-filter(7) describes the language' },
        ]);
      }
      throw new WardwireError('interface', `cannot capture on ${this.name}: ${message}`, [
        { path: 'capture.interface', text: this.name, hint: 'wardwire interfaces lists what there is' },
      ]);
    }
    this.#view.linkType = this.#addon.stats(this.#handle)[3];
  }

  #close(): void {
    if (this.#handle === null) return;
    const now = this.#addon.stats(this.#handle);
    for (let i = 0; i < 3; i++) this.#past[i] += Math.max(0, now[i]);
    this.#addon.close(this.#handle);
    this.#handle = null;
  }

  /** One turn on the event loop: packets until the ring is empty or the turn's bounds are reached. */
  #turn(): void {
    if (this.#stopped || this.#handle === null) return;
    const until = monotonicUs() + this.#s.turn_ms * 1000;
    let left = this.#s.turn_packets;
    for (;;) {
      const before = this.#delivered;
      const bytes = this.#read(Math.min(BATCH_PACKETS, left));
      if (this.#handle === null || this.#stopped) return;
      if (bytes <= 0) {
        if (bytes < 0) this.#failed();
        else this.#addon.arm(this.#handle);
        return;
      }
      left -= this.#delivered - before;
      if (left <= 0 || monotonicUs() >= until) {
        // timers and messages get their turn, then the ring again
        setImmediate(() => this.#turn());
        return;
      }
    }
  }

  #read(max: number): number {
    const bytes = this.#addon.read(this.#handle, max);
    if (bytes > 0 && this.#sink !== null) {
      const { packets, octets } = deliverBatch(this.#view, this.#buffer, bytes, this.#sink);
      this.#delivered += packets;
      this.#octets += octets;
      this.#lastUs = this.#view.tsUs;
    }
    return bytes;
  }

  /** The interface failed under us: wait until it is back. */
  #failed(): void {
    const text = this.#handle === null ? 'closed' : this.#addon.error(this.#handle);
    this.#close();
    this.#notice({ state: 'failed', text: `${this.name}: ${text}; waiting for it to come back` });
    this.#reopenLater();
  }

  #reopenLater(): void {
    setTimeout(() => {
      if (this.#stopped) return;
      try {
        this.#open();
        this.#notice({ state: 'running', text: `${this.name} is back` });
      } catch {
        this.#reopenLater();
      }
    }, this.#s.reopen_s * 1000);
  }

  /** Reads the kernel's view of the link once a second; a lost link is told once, and again when it is back. */
  #checkLink(): void {
    let state = 'missing';
    try {
      const flags = Number.parseInt(readFileSync(`/sys/class/net/${this.name}/flags`, 'utf8'), 16);
      const carrier = flags & 1 ? readFileSync(`/sys/class/net/${this.name}/carrier`, 'utf8').trim() : '0';
      state = flags & 1 ? (carrier === '1' ? 'up' : 'no carrier') : 'down';
    } catch {
      // pseudo interfaces such as `any` have no such files
      if (this.name === 'any') state = 'up';
    }
    if (state === 'missing' && this.#handle !== null && this.name !== 'any') {
      this.#failed();
      this.#down = true;
      return;
    }
    const down = state !== 'up';
    if (down === this.#down) return;
    this.#down = down;
    if (down) this.#notice({ state: 'link_down', text: `${this.name} is ${state}` });
    else {
      // the thread may sleep on a descriptor that reported the loss: read and wait anew
      this.#notice({ state: 'running', text: `${this.name} is up again` });
      this.#turn();
    }
  }
}
