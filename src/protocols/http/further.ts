import { cleanText, type ProtocolContext, type StreamSlice } from '../../core/index.js';
import { pathKeyOf, shapeOf, targetOf } from './index.js';

/** Heads of one connection told one by one within a second; those beyond are counted into the next one told. */
const SINGLY = 32;
const SECOND_US = 1e6;
/** Octets without a head after which a connection only carries a body. */
const BODY_ONLY = 4_194_304;
/** How much of a first line is read (RFC 9112 3: at least 8000 octets are to be taken; what stands behind tells nothing more). */
const LINE_MAX = 2048;
const METHODS = ['GET ', 'POST ', 'PUT ', 'HEAD ', 'DELETE ', 'OPTIONS ', 'PATCH ', 'PROPFIND ', 'TRACE ', 'SEARCH '];
const LF = 0x0a;

/**
 * Requests and answers behind the first ones of a persistent connection (RFC 9112 9.3): read where a slice begins with one, as
 * clients that wait for their answers send them. A pipelined request in the middle of a slice is not seen.
 */
export class Further {
  #secondUs = Number.NEGATIVE_INFINITY;
  #told = 0;
  /** Not told one by one, by direction. */
  readonly #held: [number, number] = [0, 0];
  #body = 0;

  constructor(
    private readonly ctx: ProtocolContext,
    private readonly slot: number,
  ) {}

  /** False when the connection is not worth reading any further. */
  slice(s: StreamSlice): boolean {
    const { buf: b, from, to } = s;
    const answer = to - from >= 12 && b[from] === 0x48 && b.toString('latin1', from, from + 7) === 'HTTP/1.';
    if (!answer && !startsRequest(b, from, to)) {
      this.#body += to - from;
      return this.#body < BODY_ONLY;
    }
    this.#body = 0;
    if (s.tsUs - this.#secondUs >= SECOND_US) {
      this.#secondUs = s.tsUs;
      this.#told = 0;
    }
    if (this.#told >= SINGLY) {
      this.#held[s.dir]++;
      return true;
    }
    this.#told++;
    const end = b.subarray(0, Math.min(to, from + LINE_MAX)).indexOf(LF, from);
    const line = b.toString('latin1', from, end < 0 ? Math.min(to, from + LINE_MAX) : end);
    const target = answer ? '' : targetOf(line);
    this.ctx.events.event({
      kind: 'http',
      flow: this.slot,
      dir: s.dir,
      tsUs: s.tsUs,
      method: answer ? '' : cleanText(line.slice(0, line.indexOf(' ')), 16),
      status: answer ? Number.parseInt(line.slice(9, 12), 10) || 0 : 0,
      host: '',
      userAgent: '',
      server: '',
      contentType: '',
      api: '',
      pathKey: pathKeyOf(this.ctx, target),
      shape: shapeOf(target),
      count: 1 + this.#held[s.dir],
    });
    this.#held[s.dir] = 0;
    return true;
  }
}

function startsRequest(b: Buffer, from: number, to: number): boolean {
  const c = b[from];
  // most slices of a body begin with no capital letter of a method
  if (to - from < 14 || c < 0x44 || c > 0x54) return false;
  const head = b.toString('latin1', from, from + 9);
  return METHODS.some((m) => head.startsWith(m));
}
