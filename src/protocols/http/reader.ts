import {
  type Dir,
  type KeepUnfinished,
  ParseOutcome,
  type ProtocolContext,
  type StreamSlice,
  type Unfinished,
  type UnfinishedOwner,
} from '../../core/index.js'; // prettier-ignore
import { DICOM_FILE_HEAD, isExecutableDicom, programHead } from '../dicom-file.js';
import type { Teller } from '../teller.js';
import { Further } from './further.js';
import { HEAD_MAX, tellDescription, tellHead } from './index.js';

/** Octets of a body waited for before it is looked at: a description's maker stands within them. */
const BODY_LOOK = 1024;

/** Position behind the empty line that ends the head in `b[from … to)`, −1 when it is not there. */
function headEnd(b: Buffer, from: number, to: number): number {
  for (let i = from + 3; i < to; i++) {
    // most bytes are no line feed
    if (b[i] === 0x0a && b[i - 2] === 0x0a && b[i - 1] === 0x0d && b[i - 3] === 0x0d) return i + 1;
  }
  return -1;
}

/** The first message of one direction: its head, and its body's first octets. */
class Direction implements UnfinishedOwner {
  done = false;
  readonly #kept: Unfinished;
  #told = false;

  constructor(private readonly o: HttpOptions) {
    this.#kept = o.keep(this);
  }

  /** A message that cannot be kept is not read; the next one is. */
  givenUp(): void {
    this.done = true;
  }

  feed(dir: Dir, s: StreamSlice): void {
    if (this.done) return;
    const kept = this.#kept;
    if (kept.length === 0) this.#look(dir, s.tsUs, s.buf, s.from, s.to, false);
    else if (kept.add(s.buf, s.from, Math.min(s.to, s.from + HEAD_MAX)))
      this.#look(dir, s.tsUs, kept.bytes, 0, kept.length, false);
  }

  /** Nothing more comes: what is there counts. */
  end(dir: Dir, tsUs: number): void {
    const { bytes, length } = this.#kept;
    if (!this.done && length > 0) this.#look(dir, tsUs, bytes, 0, length, true);
  }

  #look(dir: Dir, tsUs: number, b: Buffer, from: number, to: number, last: boolean): void {
    const { ctx, tell, slot } = this.o;
    const body = headEnd(b, from, Math.min(to, from + HEAD_MAX));
    const long = to - from > HEAD_MAX;
    if ((body >= 0 || long || last) && !this.#told) {
      this.#told = true;
      const head = b.toString('latin1', from, body >= 0 ? body : Math.min(to, from + HEAD_MAX));
      tellHead(ctx, tell, slot, dir, tsUs, head);
    }
    if (body >= 0) {
      const here = to - body;
      const program = programHead(b, body, to);
      const enough = last || here >= BODY_LOOK || (program === 0 && b[body] !== 0x3c);
      if ((program !== 1 || here >= DICOM_FILE_HEAD) && enough) {
        if (isExecutableDicom(b, body, to)) this.o.executable(tsUs);
        if (b[body] === 0x3c) tellDescription(tell, slot, dir, tsUs, b, body, to);
        this.#end();
        return;
      }
      if (program === 1 && here >= DICOM_FILE_HEAD) {
        if (isExecutableDicom(b, body, to)) this.o.executable(tsUs);
        this.#end();
        return;
      }
    } else if (long) return this.#end();
    if (last) return this.#end();
    if (this.#kept.length === 0) this.#kept.add(b, from, to);
  }

  #end(): void {
    this.done = true;
    this.#kept.clear();
  }
}

export interface HttpOptions {
  readonly ctx: ProtocolContext;
  readonly tell: Teller;
  readonly slot: number;
  readonly keep: KeepUnfinished;
  /** A body begins as a program that is a DICOM file. */
  readonly executable: (tsUs: number) => void;
}

/** Both directions of an HTTP/1 connection: the first messages whole, further ones by their first lines. */
export class HttpReader {
  readonly #sides: readonly [Direction, Direction];
  readonly #further: Further;

  constructor(o: HttpOptions) {
    this.#sides = [new Direction(o), new Direction(o)];
    this.#further = new Further(o.ctx, o.slot);
  }

  stream(s: StreamSlice): ParseOutcome {
    if (s.gapLen !== 0) {
      this.close(s.tsUs);
      return ParseOutcome.Stop;
    }
    const side = this.#sides[s.dir];
    if (side.done) return this.#further.slice(s) ? ParseOutcome.Ok : ParseOutcome.Stop;
    side.feed(s.dir, s);
    return ParseOutcome.Ok;
  }

  close(tsUs: number): void {
    this.#sides[0].end(0, tsUs);
    this.#sides[1].end(1, tsUs);
  }
}
