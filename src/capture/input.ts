import { closeSync, createReadStream, open, readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { WardwireError } from '../core/index.js';
import { type Compression, compressionOf, fileChunks, openFile, statFile, unpack } from './bytes.js';
import { CutShort } from './cut-short.js';
import type { Records } from './records.js';

/** Something whose bytes fill the window of a record reader: a plain file, a packed one, a pipe, standard input. */
export interface Input {
  /** Compression found at the start, known after the first fill. */
  readonly compression: Compression;
  /** Puts more bytes into the window. @returns false at the end */
  fill(records: Records): boolean | Promise<boolean>;
  close(): void;
}

/** Opens a path (`-` is standard input). `read` hears how many bytes were taken from it, packed as they are. */
export function openInput(path: string, read: (n: number) => void): Input {
  if (statFile(path).kind === 'pipe') {
    const pipe = new Pipe(path);
    return new StreamInput(path, pipe.chunks(read), () => pipe.close());
  }
  const fd = openFile(path);
  try {
    const head = Buffer.alloc(4);
    const compression = compressionOf(head.subarray(0, readSync(fd, head, 0, 4, 0)));
    if (compression === 'none') return new PlainInput(fd, read);
    return new StreamInput(path, fileChunks(fd, read), () => closeSync(fd));
  } catch (cause) {
    closeSync(fd);
    throw new WardwireError('file', `${path}: cannot be read: ${(cause as Error).message}`, [], { cause });
  }
}

/** Reads straight into the window: no copy, no promise. */
class PlainInput implements Input {
  readonly compression = 'none';
  readonly #fd: number;
  readonly #read: (n: number) => void;

  constructor(fd: number, read: (n: number) => void) {
    this.#fd = fd;
    this.#read = read;
  }

  fill(records: Records): boolean {
    const room = records.room();
    const n = readSync(this.#fd, records.buf, records.end, room, null);
    if (n === 0) return false;
    records.end += n;
    this.#read(n);
    return true;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Bytes that come in pieces of their own size. */
class StreamInput implements Input {
  compression: Compression = 'none';
  readonly #path: string;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #close: () => void;
  #pieces: AsyncIterator<Uint8Array> | null = null;
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(path: string, source: AsyncIterable<Uint8Array>, close: () => void) {
    this.#path = path;
    this.#source = source;
    this.#close = close;
  }

  async fill(records: Records): Promise<boolean> {
    while (this.#at >= this.#piece.length) {
      let next: IteratorResult<Uint8Array>;
      try {
        this.#pieces ??= await this.#begin();
        next = await this.#pieces.next();
      } catch (cause) {
        if (cause instanceof WardwireError) throw cause;
        const text = `cannot be read on (${(cause as Error).message})`;
        if (!records.started) throw new WardwireError('file', `${this.#path}: ${text}`, [], { cause });
        // packed bytes that are damaged: what came out of them counts
        records.damage = text;
        records.cutShort = cause instanceof CutShort;
        return false;
      }
      if (next.done === true) return false;
      this.#piece = next.value;
      this.#at = 0;
    }
    const n = Math.min(records.room(), this.#piece.length - this.#at);
    records.buf.set(this.#piece.subarray(this.#at, this.#at + n), records.end);
    records.end += n;
    this.#at += n;
    return true;
  }

  close(): void {
    this.#close();
  }

  /** The first piece tells how the stream is packed. */
  async #begin(): Promise<AsyncIterator<Uint8Array>> {
    const raw = this.#source[Symbol.asyncIterator]();
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < 4) {
      const r = await raw.next();
      if (r.done === true) break;
      head = head.length === 0 ? r.value : Buffer.concat([head, r.value]);
    }
    const whole = prepend(head, raw);
    this.compression = compressionOf(head);
    return this.compression === 'none' ? whole : unpack(this.compression, whole)[Symbol.asyncIterator]();
  }
}

async function* prepend(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (;;) {
    const r = await rest.next();
    if (r.done === true) return;
    yield r.value;
  }
}

/** Standard input or a named pipe, waited for without holding up anything. */
class Pipe {
  readonly #path: string;
  #stream: Readable | null = null;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async *chunks(read: (n: number) => void): AsyncGenerator<Uint8Array> {
    const stream = this.#path === '-' ? process.stdin : await this.#open();
    this.#stream = stream;
    if (this.#closed) stream.destroy();
    for await (const chunk of stream) {
      const bytes = chunk as Uint8Array;
      read(bytes.length);
      yield bytes;
    }
  }

  close(): void {
    this.#closed = true;
    this.#stream?.destroy();
  }

  async #open(): Promise<Readable> {
    // returns when somebody opens the other end
    const fd = await promisify(open)(this.#path, 'r');
    try {
      return new Socket({ fd, readable: true, writable: false });
    } catch {
      // a device that is no pipe: it is read as a file without an end
      return createReadStream(this.#path, { fd });
    }
  }
}
