import {
  AppProto,
  type Dir,
  type KeepUnfinished,
  ParseOutcome,
  type StreamSlice,
  type Unfinished,
  type UnfinishedOwner,
} from '../../core/index.js'; // prettier-ignore
import type { Teller } from '../teller.js';
import { headerValue } from '../text.js';

/** Bytes of an FTP control connection that are searched for a login. */
const FTP_LOOK = 2048;
/** A banner's line is at most this long (RFC 4253 4.2: 255). */
const LINE = 255;
const HEAD = 1024;

/** FTP (RFC 959): the greeting's program, and a password in clear. */
export class FtpReader {
  #seen = 0;
  #greeted = false;

  constructor(
    private readonly tell: Teller,
    private readonly slot: number,
    private readonly password: (dir: Dir, tsUs: number) => void,
  ) {}

  stream(s: StreamSlice): ParseOutcome {
    const { buf: b, from, to } = s;
    if (s.dir === 1 && !this.#greeted && to > from) {
      this.#greeted = true;
      // greetings are free text and may name a place or a person: only what looks like program and version counts
      const line = b.toString('latin1', from, Math.min(to, from + LINE)).split(/[\r\n]/, 1)[0];
      const program =
        /\b([A-Za-z][A-Za-z_-]{2,20}(?:FTPd?|ftpd?)[A-Za-z]{0,10}|[A-Za-z]{0,12}FTP[A-Za-z]{0,10})[ /v]{1,2}([0-9][0-9.]{0,12})/.exec(
          line,
        );
      if (program !== null) this.tell.tell(this.slot, 1, s.tsUs, 'ftp', 'server', `${program[1]} ${program[2]}`);
    }
    this.#seen += to - from;
    if (s.dir === 0 && to - from >= 5 && b.toString('latin1', from, from + 5).toUpperCase() === 'PASS ') {
      this.password(s.dir, s.tsUs);
      return ParseOutcome.Stop;
    }
    return this.#seen > FTP_LOOK ? ParseOutcome.Stop : ParseOutcome.Ok;
  }
}

/** The first lines of both sides: SSH's software (RFC 4253 4.2), RTSP's server and agent (RFC 7826 18). */
export class BannerReader implements UnfinishedOwner {
  readonly #kept: readonly [Unfinished, Unfinished];
  readonly #done = [false, false];

  constructor(
    private readonly tell: Teller,
    private readonly slot: number,
    private readonly app: number,
    keep: KeepUnfinished,
  ) {
    this.#kept = [keep(this), keep(this)];
  }

  givenUp(bytes: Unfinished): void {
    this.#done[this.#kept.indexOf(bytes)] = true;
  }

  stream(s: StreamSlice): ParseOutcome {
    if (s.gapLen !== 0) return ParseOutcome.Stop;
    const { dir } = s;
    if (!this.#done[dir]) {
      const limit = this.app === AppProto.Ssh ? LINE : HEAD;
      const kept = this.#kept[dir];
      kept.add(s.buf, s.from, Math.min(s.to, s.from + limit - kept.length));
      const text = kept.bytes.toString('latin1', 0, kept.length);
      const end = text.indexOf(this.app === AppProto.Ssh ? '\n' : '\r\n\r\n');
      if (end >= 0 || kept.length >= limit) {
        this.#done[dir] = true;
        kept.clear();
        this.#say(dir, s.tsUs, end < 0 ? text : text.slice(0, end));
      }
    }
    return this.#done[0] && this.#done[1] ? ParseOutcome.Stop : ParseOutcome.Ok;
  }

  #say(dir: Dir, tsUs: number, text: string): void {
    if (this.app === AppProto.Ssh) {
      // SSH-protoversion-softwareversion SP comments
      const software = /^SSH-[0-9.]{1,5}-([\x21-\x7e]{1,60})/.exec(text)?.[1] ?? '';
      this.tell.tell(this.slot, dir, tsUs, 'ssh', dir === 1 ? 'server' : 'agent', software);
    } else if (dir === 1) this.tell.tell(this.slot, dir, tsUs, 'rtsp', 'server', headerValue(text, 'server'));
    else this.tell.tell(this.slot, dir, tsUs, 'rtsp', 'agent', headerValue(text, 'user-agent'));
  }
}
