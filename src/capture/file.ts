import {
  type Counters,
  type PacketSink,
  type PacketSource,
  PacketView,
  registerWeirds,
  type SettingsOf,
  type SourceNotice,
  type SourceStats,
  WardwireError,
  type Weirds,
} from '../core/index.js';
import { statFile } from './bytes.js';
import { monotonicUs } from './clock.js';
import { FOLLOW_POLL_MS, Follow } from './follow.js';
import { openInput } from './input.js';
import { Next } from './next.js';
import { expandPaths } from './order.js';
import { Pace } from './pace.js';
import { Records } from './records.js';
import type { captureSettings } from './settings.js';
import { captureWeirds } from './weirds.js';

/** Packets between two looks at the clock. */
const CLOCK_EVERY = 64;
/** A packet due sooner than this is handed over at once: timers have steps of a millisecond. */
const DUE_US = 500;

export interface FileOptions {
  /** As fast as the sink takes them, at the pace they were recorded, or at a factor of that pace. */
  readonly speed: 'max' | 'recorded' | number;
  readonly settings: SettingsOf<typeof captureSettings>;
  readonly counters: Counters;
  readonly weirds: Weirds;
  /** Goes on with what is written to the last file, and with the files that follow it, until stopped. */
  readonly follow?: boolean;
}

/** Capture files one after the other; a folder stands for its captures in time order. */
export class FileSource implements PacketSource {
  readonly name: string;
  readonly done: Promise<void>;
  readonly #paths: readonly string[];
  readonly #o: FileOptions;
  readonly #view = new PacketView();
  readonly #records = new Records();
  readonly #weird;
  readonly #pace: Pace | null;
  #sink: PacketSink | null = null;
  #notice: (n: SourceNotice) => void = () => undefined;
  #pipe = false;
  #delivered = 0;
  #octets = 0;
  #lastUs = 0;
  /** Capture time of the first packet of the file being read. */
  #firstUs = Number.NaN;
  #bytesRead = 0;
  #bytesTotal = 0;
  #started = false;
  #stopped = false;
  #wake: (() => void) | null = null;
  #resolveDone: () => void = () => undefined;
  #rejectDone: (e: unknown) => void = () => undefined;

  constructor(paths: readonly string[], options: FileOptions) {
    this.#paths = paths;
    this.#o = options;
    this.name = paths.length === 1 ? paths[0] : `${paths.length} files`;
    this.#pace = options.speed === 'max' ? null : new Pace(options.speed === 'recorded' ? 1 : options.speed);
    this.#weird = registerWeirds(options.weirds, captureWeirds);
    this.done = new Promise((resolve, reject) => {
      this.#resolveDone = resolve;
      this.#rejectDone = reject;
    });
    // a rejection is delivered to whoever awaits `done`; until then it must not count as unhandled
    this.done.catch(() => undefined);
  }

  async start(sink: PacketSink, notice: (n: SourceNotice) => void): Promise<void> {
    this.#sink = sink;
    this.#notice = notice;
    const { files, passedOver } = await expandPaths(this.#paths);
    for (const p of passedOver) this.#say(p.text);
    // a pipe has no size, a file that grows none that would tell the end
    const known = this.#o.follow !== true && files.every((f) => f.bytes >= 0);
    this.#bytesTotal = known ? files.reduce((sum, f) => sum + f.bytes, 0) : -1;
    this.#started = true;
    setImmediate(() => this.#run(files.map((f) => f.path)).then(this.#resolveDone, this.#rejectDone));
  }

  stats(): SourceStats {
    return {
      delivered: this.#delivered,
      octets: this.#octets,
      received: this.#delivered,
      droppedKernel: 0,
      droppedInterface: 0,
      lastUs: this.#lastUs,
      bytesRead: this.#bytesRead,
      bytesTotal: this.#bytesTotal,
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (!this.#started) this.#resolveDone();
    this.#wake?.();
    await this.done.catch(() => undefined);
  }

  async #run(files: string[]): Promise<void> {
    for (let i = 0; i < files.length && !this.#stopped; i++) {
      const follow = this.#o.follow === true && i === files.length - 1 ? this.#newFollow() : null;
      let path: string | null = files[i];
      while (path !== null && !this.#stopped) path = await this.#file(path, follow);
    }
  }

  #newFollow(): Follow {
    const last = this.#paths[this.#paths.length - 1];
    return new Follow(statFile(last).kind === 'folder' ? last : null);
  }

  /** One file to its end. @returns the file that continues it, when it is followed */
  async #file(path: string, follow: Follow | null): Promise<string | null> {
    const records = this.#records;
    let next: string | null = null;
    records.reset(path);
    this.#firstUs = Number.NaN;
    this.#pipe = statFile(path).kind === 'pipe';
    const input = openInput(path, (n) => {
      this.#bytesRead += n;
    });
    try {
      for (;;) {
        const filled = input.fill(records);
        const more = typeof filled === 'boolean' ? filled : await this.#orStop(filled);
        if (this.#stopped) return null;
        if (more) {
          if (!(await this.#deliver())) break;
          continue;
        }
        if (follow === null || this.#pipe || input.compression !== 'none' || next !== null) break;
        // the writer may have added to this file before it began the next: that rest comes first
        next = await follow.next(path, Number.isNaN(this.#firstUs) ? this.#lastUs : this.#firstUs);
        if (next === null) await this.#sleep(FOLLOW_POLL_MS);
        if (this.#stopped) return null;
      }
      records.finish();
      if (records.damage === '') await this.#deliver();
    } catch (error) {
      // stopping closes a pipe under its reader
      if (this.#stopped) return null;
      throw error;
    } finally {
      input.close();
    }
    if (!this.#stopped) this.#ended(path);
    return next;
  }

  /** Tells how the file ended. */
  #ended(path: string): void {
    const records = this.#records;
    if (records.damage !== '') {
      this.#o.weirds.hit(records.cutShort ? this.#weird.cut : this.#weird.damaged);
      this.#say(`${path}: ${records.damage} at byte ${records.fileOffset}; the rest is not read`);
    } else if (!records.started) {
      throw new WardwireError('file', `${path}: ends inside its header (${records.base + records.end} bytes)`, [
        { path: `${path} offset ${records.base + records.end}`, text: 'a pcap header has 24 bytes' },
      ]);
    } else if (records.rest > 0) {
      this.#o.weirds.hit(this.#weird.cut);
      this.#say(`${path}: cut short: the record at byte ${records.fileOffset} is not whole`);
    }
  }

  #say(text: string): void {
    this.#notice({ state: 'running', text });
  }

  /** Every whole record in the window. @returns false when nothing of this file is to come (stopped, damaged) */
  async #deliver(): Promise<boolean> {
    const turnUs = this.#o.settings.turn_ms * 1000;
    const most = this.#o.settings.turn_packets;
    const records = this.#records;
    const view = this.#view;
    const pace = this.#pace;
    const sink = this.#sink as PacketSink;
    let turnEnd = monotonicUs() + turnUs;
    let n = 0;
    for (;;) {
      const got = records.next(view);
      if (got === Next.More) return true;
      if (got === Next.Damaged) return false;
      if (pace !== null) {
        const wait = pace.wait(view.tsUs, monotonicUs());
        if (wait > DUE_US) {
          await this.#sleep(wait / 1000);
          if (this.#stopped) return false;
          turnEnd = monotonicUs() + turnUs;
        }
      }
      if (Number.isNaN(this.#firstUs)) this.#firstUs = view.tsUs;
      this.#lastUs = view.tsUs;
      this.#delivered++;
      this.#octets += view.wireLen;
      sink.packet(view);
      if (++n % CLOCK_EVERY === 0 && (n % most < CLOCK_EVERY || monotonicUs() >= turnEnd)) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.#stopped) return false;
        turnEnd = monotonicUs() + turnUs;
      }
    }
  }

  /** Waits for bytes, or for `stop`: a pipe may never say another one. */
  #orStop(filled: Promise<boolean>): Promise<boolean> {
    return new Promise<boolean>((resolve, reject) => {
      this.#wake = () => resolve(false);
      filled.then(resolve, reject);
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      const self = this;
      function done(): void {
        clearTimeout(timer);
        self.#wake = null;
        resolve();
      }
      this.#wake = done;
    });
  }
}
