import type {
  Counters,
  PacketSink,
  PacketSource,
  SettingsOf,
  ShareSpec,
  SourceNotice,
  SourceStats,
} from '../core/index.js';
import { type Addon, AddonState, ReadMode } from './addon.js';
import { type Clock, clock, monotonicUs } from './clock.js';
import { hostWords, Lanes } from './lanes.js';
import { readLink } from './link.js';
import { LiveCounters } from './live-counters.js';
import { Ring } from './ring.js';
import type { captureSettings } from './settings.js';

/** Packets asked of a ring at once: a copy of well under a millisecond. */
const BATCH_PACKETS = 512;
/** Batches taken from each ring when the source is stopped. */
const LAST_BATCHES = 64;
/** Wake-ups without a packet in a row after which the next wait begins a little later (a descriptor that only errs). */
const IDLE_WAKES = 16;
const IDLE_PAUSE_MS = 20;

export type CaptureOptions = SettingsOf<typeof captureSettings>;

/** What a live source knows of its own sight, over all its interfaces since it was opened. */
export interface CaptureHealth {
  readonly interfaces: number;
  /** Interfaces whose link is up. */
  readonly up: number;
  /** Frames larger than the MTU allows. */
  readonly oversize: number;
  /** Packets the interfaces counted that the rings never received. */
  readonly unaccounted: number;
  /** Packets the rings received that are nowhere; those that wait are among them. */
  readonly unexplained: number;
}

/**
 * Live packets from TPACKET_V3 rings through our own addon, one ring an interface. Packets of several interfaces are merged
 * by time as far as they are there (blocks close after `block_timeout_ms`). Survives link loss and interfaces that go and
 * come back.
 */
export class LiveSource implements PacketSource {
  readonly name: string;
  readonly done: Promise<void>;
  readonly #rings: readonly Ring[];
  readonly #s: CaptureOptions;
  readonly #lanes: Lanes;
  readonly #counters: LiveCounters;
  readonly #clock: Clock;
  readonly #turnAgain = (): void => this.#turn();
  #sink: PacketSink | null = null;
  #notice: (n: SourceNotice) => void = () => undefined;
  #lastUs = 0;
  #stopped = false;
  /** A turn is due on the next round of the event loop. */
  #again = false;
  #idleWakes = 0;
  #leastLagUs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #pause: NodeJS.Timeout | null = null;
  /** What was last told about each ring. */
  readonly #told: string[];
  /** Failed rings: pause after the next refusal, and when to try again on the monotonic clock. */
  readonly #waitS: number[];
  readonly #retryUs: number[];
  #resolveDone: () => void = () => undefined;
  #unaccounted = 0;
  #up = 0;

  /** `time`: tests hand in a clock they can set. `share`: the part of the traffic that is for this process. */
  constructor(
    names: readonly string[],
    addon: Addon,
    settings: CaptureOptions,
    counters: Counters,
    time: Clock = clock,
    share: ShareSpec | null = null,
  ) {
    this.#clock = time;
    this.name = names.join(',');
    this.#s = settings;
    this.#lanes = new Lanes(settings);
    this.#rings = names.map((n, i) => new Ring(n, i, addon, settings, this.#turnAgain, time, share));
    this.#told = names.map(() => 'up');
    this.#waitS = names.map(() => settings.reopen_s);
    this.#retryUs = names.map(() => 0);
    this.#counters = new LiveCounters(counters);
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  async start(sink: PacketSink, notice: (n: SourceNotice) => void): Promise<void> {
    this.#sink = sink;
    this.#notice = notice;
    try {
      for (const r of this.#rings) r.open();
    } catch (error) {
      for (const r of this.#rings) r.close();
      throw error;
    }
    notice({ state: 'running', text: `capturing on ${this.name}` });
    this.#up = this.#rings.length;
    this.#timer = setInterval(() => this.#check(), this.#s.link_check_ms);
    this.#soon();
  }

  /**
   * Packets between two of these hosts (IP addresses) are of low priority: when the sensor lags they come after all others
   * with their payload cut off, and when it lags more they are only counted. Everybody else keeps the first lane. With `others` it is
   * the other way round: only packets from or to these hosts keep the first lane.
   */
  setLowPriority(addresses: Iterable<string>, others = false): void {
    const words = hostWords(addresses) as Uint32Array<ArrayBuffer>;
    for (const r of this.#rings) r.lowHosts(words, others);
  }

  /**
   * How late packets are for want of time to handle them, µs: the least age of the newest one at the end of a turn since the last call; 0
   * when one turn emptied the rings or none was due. A machine that only lets the process wait now and then gives no lag.
   */
  leastLagUs(): number {
    const lag = this.#leastLagUs;
    this.#leastLagUs = Number.POSITIVE_INFINITY;
    return lag === Number.POSITIVE_INFINITY ? 0 : lag;
  }

  /** Age of the newest packet taken off a ring while more are waiting, µs; 0 when none wait. */
  #lagUs(): number {
    let lag = 0;
    for (const r of this.#rings) if (!r.dry && r.newestUs > 0) lag = Math.max(lag, this.#clock.ageUs(r.newestUs));
    return lag;
  }

  health(): CaptureHealth {
    let oversize = 0;
    let unexplained = 0;
    for (const r of this.#rings) {
      oversize += r.oversize;
      unexplained += r.unexplained();
    }
    const [unaccounted, up] = [this.#unaccounted, this.#up];
    return { interfaces: this.#rings.length, up, oversize, unaccounted, unexplained };
  }

  stats(): SourceStats {
    const out = {
      delivered: 0,
      octets: 0,
      received: 0,
      droppedKernel: 0,
      droppedInterface: 0,
      lastUs: this.#lastUs === 0 ? 0 : this.#lastUs - this.#clock.steps().shiftUs,
      bytesRead: 0,
      bytesTotal: -1,
    };
    for (const r of this.#rings) {
      r.count();
      out.delivered += r.delivered;
      out.octets += r.octets;
      out.received += r.counts[0];
      out.droppedKernel += r.counts[1];
      out.droppedInterface += r.counts[2];
    }
    return out;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#timer) clearInterval(this.#timer);
    if (this.#pause) clearTimeout(this.#pause);
    const sink = this.#sink;
    if (sink !== null) {
      // what the rings already hold is delivered first
      for (let i = 0; i < LAST_BATCHES && this.#fill(); i++) {
        while (this.#deliver(sink, BATCH_PACKETS, Number.POSITIVE_INFINITY) > 0);
      }
    }
    for (const r of this.#rings) r.close();
    this.#resolveDone();
  }

  /** One turn on the event loop: packets until the rings are empty or the turn's bounds are reached. */
  #turn(): void {
    this.#again = false;
    if (this.#stopped || this.#sink === null) return;
    // a step of the clock is noticed before the packets stamped after it
    this.#clock.wallUs();
    const until = monotonicUs() + this.#s.turn_ms * 1000;
    let left = this.#s.turn_packets;
    while (this.#fill()) {
      const n = this.#deliver(this.#sink, left, until);
      if (this.#stopped) return;
      this.#idleWakes = 0;
      left -= n;
      if (left <= 0 || monotonicUs() >= until) {
        // timers and messages get their turn, then the rings again
        this.#soon();
        this.#leastLagUs = Math.min(this.#leastLagUs, this.#lagUs());
        return;
      }
    }
    this.#leastLagUs = 0;
    if (++this.#idleWakes <= IDLE_WAKES) this.#arm();
    else if (this.#pause === null) {
      this.#pause = setTimeout(() => {
        this.#pause = null;
        this.#arm();
      }, IDLE_PAUSE_MS);
    }
  }

  /** Asks for one more turn, once. */
  #soon(): void {
    if (this.#again) return;
    this.#again = true;
    setImmediate(this.#turnAgain);
  }

  #arm(): void {
    for (const r of this.#rings) r.arm();
  }

  /** Takes a batch from every ring that has none pending. @returns whether there was anything */
  #fill(): boolean {
    let some = false;
    for (let i = 0; i < this.#rings.length; i++) {
      const r = this.#rings[i];
      if (!r.pending && r.isOpen) {
        const mode = r.hasLowHosts ? this.#mode(r) : ReadMode.All;
        const n = r.read(BATCH_PACKETS, mode);
        if (n < 0) this.#failed(i, r.error());
        // a batch of which everything was shed is progress too: the ring may hold more
        some ||= n > 0;
      }
      some ||= r.pending;
    }
    return some;
  }

  #mode(r: Ring): ReadMode {
    // a ring that was found empty has caught up, whatever the time of its last packet
    return this.#lanes.next(r.dry || r.newestUs === 0 ? 0 : this.#clock.ageUs(r.newestUs));
  }

  #deliver(sink: PacketSink, most: number, until: number): number {
    const rings = this.#rings;
    if (rings.length === 1) {
      const n = rings[0].deliver(sink, most, until, Number.POSITIVE_INFINITY);
      if (n > 0) this.#lastUs = rings[0].view.tsUs;
      return n;
    }
    // the ring with the earliest packet goes on until another one's packet is earlier
    let first: Ring | null = null;
    let firstUs = Number.POSITIVE_INFINITY;
    let otherUs = Number.POSITIVE_INFINITY;
    for (const r of rings) {
      const us = r.nextUs;
      if (us < firstUs) {
        otherUs = firstUs;
        firstUs = us;
        first = r;
      } else if (us < otherUs) otherUs = us;
    }
    if (first === null) return 0;
    const n = first.deliver(sink, most, until, otherUs);
    this.#lastUs = first.view.tsUs;
    return n;
  }

  /** The interface failed under us: wait until it is back. */
  #failed(i: number, why: string): void {
    const r = this.#rings[i];
    r.close();
    this.#told[i] = 'failed';
    this.#waitS[i] = this.#s.reopen_s;
    this.#retryUs[i] = 0;
    this.#notice({ state: 'failed', text: `${r.name}: ${why}; waiting for it to come back` });
  }

  /** Opens a failed interface as soon as its link is there; when it still refuses, less and less often. */
  #reopen(i: number): void {
    const r = this.#rings[i];
    const { state } = readLink(r.name);
    if (state === 'missing' || state === 'down') {
      this.#waitS[i] = this.#s.reopen_s;
      this.#retryUs[i] = 0;
      return;
    }
    const now = monotonicUs();
    if (now < this.#retryUs[i]) return;
    try {
      r.open();
    } catch {
      // why is known from the notice of the failure; what counts now is when it is back
      this.#retryUs[i] = now + this.#waitS[i] * 1e6;
      this.#waitS[i] = Math.min(this.#waitS[i] * 2, this.#s.reopen_max_s);
      return;
    }
    this.#told[i] = 'up';
    this.#counters.reopened();
    this.#notice({ state: 'running', text: `${r.name} is back` });
    this.#soon();
  }

  /** Looks at the kernel's view of the links; a lost link is told once, and again when it is back. */
  #check(): void {
    let cut = 0;
    let shedPackets = 0;
    let shedOctets = 0;
    let unaccounted = 0;
    let up = 0;
    this.#rings.forEach((r, i) => {
      r.count();
      cut += r.state[AddonState.CutPackets];
      shedPackets += r.state[AddonState.ShedPackets];
      shedOctets += r.state[AddonState.ShedOctets];
      unaccounted += Math.max(0, r.unaccounted());
      if (!r.isOpen) {
        this.#reopen(i);
        return;
      }
      const { state } = readLink(r.name);
      if (state === 'missing' || r.replaced) {
        this.#failed(i, state === 'missing' ? 'the interface is gone' : 'the interface was made anew');
        return;
      }
      if (state === 'up') up++;
      if (state === this.#told[i]) return;
      this.#told[i] = state;
      if (state !== 'up') this.#notice({ state: 'link_down', text: `${r.name} is ${state}` });
      else {
        this.#notice({ state: 'running', text: `${r.name} is up again` });
        this.#soon();
      }
    });
    this.#unaccounted = unaccounted;
    this.#up = up;
    const { oversize, unexplained } = this.health();
    const lagS = this.#lagUs() / 1e6;
    this.#counters.set({ cut, shedPackets, shedOctets, unaccounted, up, lagS, oversize, unexplained });
  }
}
