import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
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
import { monotonicUs } from './clock.js';
import { Next } from './next.js';
import { Records } from './records.js';
import type { captureSettings } from './settings.js';
import { zstdChunks } from './zstd.js';

const CHUNK = 1 << 20;
/** Packets between two looks at the clock. */
const CLOCK_EVERY = 256;
const GZIP = 0x1f8b;
const ZSTD = 0x28b52ffd;

export interface FileOptions {
  readonly speed: 'max' | 'recorded' | number;
  readonly settings: SettingsOf<typeof captureSettings>;
  readonly counters: Counters;
  readonly weirds: Weirds;
}

/** Capture files one after the other: as fast as the sink takes them, or at (a factor of) the pace they were recorded. */
export class FileSource implements PacketSource {
  readonly name: string;
  readonly done: Promise<void>;
  readonly #files: readonly string[];
  readonly #o: FileOptions;
  readonly #view = new PacketView();
  readonly #weird;
  #sink: PacketSink | null = null;
  #notice: (n: SourceNotice) => void = () => undefined;
  #delivered = 0;
  #octets = 0;
  #bytesRead = 0;
  #bytesTotal = 0;
  #stopped = false;
  /** Pace: capture time and clock of the first packet. */
  #startTs = Number.NaN;
  #startClock = 0;
  #wake: (() => void) | null = null;
  #resolveDone: () => void = () => undefined;
  #rejectDone: (e: unknown) => void = () => undefined;

  constructor(files: readonly string[], options: FileOptions) {
    this.#files = files;
    this.#o = options;
    this.name = files.length === 1 ? files[0] : `${files.length} files`;
    this.#weird = registerWeirds(options.weirds, {
      cut: { id: 'file.cut', text: 'A capture file ends inside a record.', action: 'count' },
      damaged: {
        id: 'file.damaged',
        text: 'A capture file contradicts itself; the rest of it is not read.',
        action: 'count',
      },
    });
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
    for (const file of this.#files) {
      if (file === '-') {
        this.#bytesTotal = -1;
        continue;
      }
      let size: number;
      try {
        const s = statSync(file);
        if (s.isDirectory()) throw new WardwireError('file', `${file}: is a folder`);
        size = s.size;
      } catch (cause) {
        if (cause instanceof WardwireError) throw cause;
        throw new WardwireError('file', `${file}: cannot be opened: ${(cause as Error).message}`, [], { cause });
      }
      if (this.#bytesTotal >= 0) this.#bytesTotal += size;
    }
    setImmediate(() => this.#run().then(this.#resolveDone, this.#rejectDone));
  }

  stats(): SourceStats {
    return {
      delivered: this.#delivered,
      octets: this.#octets,
      received: this.#delivered,
      droppedKernel: 0,
      droppedInterface: 0,
      lastUs: this.#view.tsUs,
      bytesRead: this.#bytesRead,
      bytesTotal: this.#bytesTotal,
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.done.catch(() => undefined);
  }

  async #run(): Promise<void> {
    for (const file of this.#files) {
      if (this.#stopped) return;
      await this.#file(file);
    }
  }

  async #file(path: string): Promise<void> {
    const records = new Records(path, CHUNK);
    if (path === '-')
      await this.#stream(
        records,
        countBytes(process.stdin, (n) => (this.#bytesRead += n)),
        path,
      );
    else {
      const fd = openFile(path);
      try {
        const kind = compression(fd);
        if (kind === 'none') await this.#plain(records, fd);
        else
          await this.#stream(
            records,
            decompress(kind, fd, path, (n) => (this.#bytesRead += n)),
            path,
          );
      } finally {
        closeSync(fd);
      }
    }
    if (this.#stopped) return;
    if (records.damage !== '') {
      this.#o.weirds.hit(this.#weird.damaged);
      this.#say(`${path}: ${records.damage} at byte ${records.fileOffset}; the rest is not read`);
    } else if (records.end > records.at || !records.started) {
      if (!records.started) {
        throw new WardwireError('file', `${path}: ends inside its header (${records.base + records.end} bytes)`);
      }
      this.#o.weirds.hit(this.#weird.cut);
      this.#say(
        `${path}: cut short: ${records.end - records.at} bytes after byte ${records.fileOffset} are no whole record`,
      );
    }
  }

  #say(text: string): void {
    this.#notice({ state: 'running', text });
  }

  async #plain(records: Records, fd: number): Promise<void> {
    for (;;) {
      const room = records.room();
      const n = readSync(fd, records.buf, records.end, room, null);
      if (n === 0) return;
      records.end += n;
      this.#bytesRead += n;
      if (!(await this.#deliver(records))) return;
    }
  }

  async #stream(records: Records, chunks: AsyncIterable<Uint8Array>, path: string): Promise<void> {
    try {
      for await (const chunk of chunks) {
        let from = 0;
        while (from < chunk.length) {
          const n = Math.min(records.room(), chunk.length - from);
          records.buf.set(chunk.subarray(from, from + n), records.end);
          records.end += n;
          from += n;
          if (!(await this.#deliver(records))) return;
        }
      }
    } catch (cause) {
      if (cause instanceof WardwireError) throw cause;
      // a compressed file that is cut or damaged: what came out of it counts
      records.damage = `decompression failed (${(cause as Error).message})`;
      if (!records.started) throw new WardwireError('file', `${path}: ${records.damage}`, [], { cause });
    }
  }

  /** Every whole record in the window. @returns false when the file is over (stopped, damaged) */
  async #deliver(records: Records): Promise<boolean> {
    const { settings, speed } = this.#o;
    const view = this.#view;
    const sink = this.#sink as PacketSink;
    let turnEnd = monotonicUs() + settings.turn_ms * 1000;
    let n = 0;
    for (;;) {
      const got = records.next(view);
      if (got === Next.More) return true;
      if (got === Next.Damaged) return false;
      if (speed !== 'max') {
        await this.#pace(view.tsUs, speed === 'recorded' ? 1 : speed);
        if (this.#stopped) return false;
      }
      this.#delivered++;
      this.#octets += view.wireLen;
      sink.packet(view);
      if (++n % CLOCK_EVERY === 0 && monotonicUs() >= turnEnd) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.#stopped) return false;
        turnEnd = monotonicUs() + settings.turn_ms * 1000;
      }
    }
  }

  /** Waits until a packet of this capture time is due. */
  async #pace(tsUs: number, factor: number): Promise<void> {
    const now = monotonicUs();
    if (Number.isNaN(this.#startTs)) {
      this.#startTs = tsUs;
      this.#startClock = now;
      return;
    }
    const wait = this.#startClock + (tsUs - this.#startTs) / factor - now;
    if (wait < 500) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(wait / 1000, 2 ** 30));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be opened: ${(cause as Error).message}`, [], { cause });
  }
}

type Compression = 'none' | 'gzip' | 'zstd';

function compression(fd: number): Compression {
  const head = Buffer.alloc(4);
  const n = readSync(fd, head, 0, 4, 0);
  if (n >= 2 && head.readUInt16BE(0) === GZIP) return 'gzip';
  return n === 4 && head.readUInt32BE(0) === ZSTD ? 'zstd' : 'none';
}

function* fileChunks(fd: number, read: (n: number) => void): Generator<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK >> 2);
    const n = readSync(fd, chunk, 0, chunk.length, null);
    if (n === 0) return;
    read(n);
    yield chunk.subarray(0, n);
  }
}

function decompress(
  kind: 'gzip' | 'zstd',
  fd: number,
  _path: string,
  read: (n: number) => void,
): AsyncIterable<Uint8Array> {
  if (kind === 'zstd') return zstdChunks(fileChunks(fd, read));
  const gunzip = createGunzip();
  const chunks = fileChunks(fd, read);
  const pump = (): void => {
    for (const chunk of chunks) {
      if (!gunzip.write(chunk)) {
        gunzip.once('drain', pump);
        return;
      }
    }
    gunzip.end();
  };
  pump();
  return gunzip as AsyncIterable<Uint8Array>;
}

async function* countBytes(stream: AsyncIterable<unknown>, read: (n: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    const bytes = chunk as Uint8Array;
    read(bytes.length);
    yield bytes;
  }
}
