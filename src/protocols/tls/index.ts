import {
  AppProto,
  cleanText,
  type Dir,
  type FlowEnd,
  type KeepUnfinished,
  ParseOutcome,
  Probe,
  type ProtocolContext,
  type ProtocolSession,
  type StreamProtocol,
  type StreamSlice,
} from '../../core/index.js'; // prettier-ignore
import { Teller } from '../teller.js';
import { type CertificateInfo, CertificateSearch } from './certificate.js';
import { HandshakeBytes } from './handshake-bytes.js';
import { type ClientHello, readClientHello, readServerHello } from './hello.js';
import { ja4 } from './ja4.js';

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** A hello longer than this is read as far as it goes. */
const MAX_HELLO = 16_384;
const HEAD = 4;

const TLS_VERSIONS: Readonly<Record<number, string>> = {
  768: 'SSL 3.0',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  771: 'TLS 1.2',
  772: 'TLS 1.3',
};

const TLS13 = 0x0304;

/**
 * TLS: both hellos of a connection (RFC 8446 4.1) and, up to version 1.2, the server's certificate; what follows is not for
 * us.
 */
export function createTls(ctx: ProtocolContext): StreamProtocol {
  const tell = new Teller(ctx);
  const lost = ctx.unfinished.protocol('tls');
  return {
    name: 'tls',
    app: AppProto.Tls,
    probeBytes: 16,
    /** TLS record (RFC 8446 5.1): handshake 16, version 03 0x, length 2, then ClientHello 01 or ServerHello 02. */
    probe(b, from, to, midstream) {
      const n = to - from;
      if (b[from] !== HANDSHAKE) return Probe.No;
      if (n >= 2 && b[from + 1] !== 3) return Probe.No;
      if (n >= 3 && b[from + 2] > 4) return Probe.No;
      if (n < 6) return Probe.More;
      if (b[from + 5] !== CLIENT_HELLO && b[from + 5] !== SERVER_HELLO) return Probe.No;
      if (!midstream) return Probe.Yes;
      // picked up inside, only a hello that begins its record and fits it is believed
      if (n < 9) return Probe.More;
      const record = (b[from + 3] << 8) | b[from + 4];
      const hello = (b[from + 6] << 16) | (b[from + 7] << 8) | b[from + 8];
      return hello + HEAD <= record || record === 0x4000 ? Probe.Yes : Probe.No;
    },
    open: (slot) => new TlsSession(ctx, tell, slot, (owner) => ctx.unfinished.open(slot, lost, owner)),
  };
}

/** The first handshake message of one direction out of any cut; records are taken off. */
class Hello {
  readonly #messages: HandshakeBytes;
  done = false;

  constructor(keep: KeepUnfinished) {
    this.#messages = new HandshakeBytes(keep);
  }

  /** Body of the hello, or null while it is not whole; lent until `give`. */
  feed(b: Buffer, from: number, to: number): { type: number; body: Buffer } | null {
    const m = this.#messages;
    m.add(b, from, to, MAX_HELLO);
    const { bytes, length: have } = m.kept;
    const length = have < HEAD ? -1 : bytes.readUIntBE(1, 3);
    if (length >= 0 && have >= HEAD + length) return this.#take(length);
    if (m.other || have >= MAX_HELLO) {
      // too long, or something else follows: as far as it goes
      return have > HEAD ? this.#take(have - HEAD) : this.give();
    }
    return null;
  }

  #take(length: number): { type: number; body: Buffer } {
    const { bytes } = this.#messages.kept;
    this.done = true;
    return { type: bytes[0], body: bytes.subarray(HEAD, HEAD + length) };
  }

  give(): null {
    this.done = true;
    this.#messages.kept.clear();
    return null;
  }
}

class TlsSession implements ProtocolSession {
  readonly #ctx: ProtocolContext;
  readonly #slot: number;
  readonly #hellos: readonly [Hello, Hello];
  #client: ClientHello | null = null;
  #clientDir: Dir = 0;
  #told = false;
  readonly #certificate: CertificateSearch;

  constructor(
    ctx: ProtocolContext,
    private readonly tell: Teller,
    slot: number,
    keep: KeepUnfinished,
  ) {
    this.#ctx = ctx;
    this.#slot = slot;
    this.#hellos = [new Hello(keep), new Hello(keep)];
    this.#certificate = new CertificateSearch(keep);
  }

  stream(slice: StreamSlice): ParseOutcome {
    const hello = this.#hellos[slice.dir];
    if (slice.gapLen !== 0) return this.#finish(slice.tsUs);
    if (slice.to === slice.from) return ParseOutcome.Ok;
    // the server's certificate follows its hello, often in the same bytes
    const server = this.#client === null ? slice.dir === 1 : slice.dir !== this.#clientDir;
    const certificate = server ? this.#certificate.feed(slice.buf, slice.from, slice.to) : null;
    if (certificate !== null) this.#tellCertificate(slice.dir, slice.tsUs, certificate);
    if (hello.done) return this.#told && this.#certificate.done ? ParseOutcome.Stop : ParseOutcome.Ok;
    const got = hello.feed(slice.buf, slice.from, slice.to);
    if (got?.type === CLIENT_HELLO) {
      this.#client = readClientHello(got.body, 0, got.body.length);
      this.#clientDir = slice.dir;
      hello.give();
    } else if (got?.type === SERVER_HELLO) {
      const s = readServerHello(got.body, 0, got.body.length);
      hello.give();
      this.#tell(slice.tsUs, s?.version ?? 0, s?.cipher ?? -1);
      return this.#certificate.done || (s?.version ?? TLS13) >= TLS13 ? ParseOutcome.Stop : ParseOutcome.Ok;
    } else if (hello.done) return this.#finish(slice.tsUs);
    return ParseOutcome.Ok;
  }

  close(_reason: FlowEnd, tsUs: number): void {
    this.#finish(tsUs);
  }

  #tellCertificate(dir: Dir, tsUs: number, c: CertificateInfo): void {
    const organisation = cleanText(c.organisation);
    const { events } = this.#ctx;
    events.event({
      kind: 'tls.certificate',
      flow: this.#slot,
      dir,
      tsUs,
      organisation,
      commonName: cleanText(this.tell.mask(c.commonName)),
      issuer: cleanText(c.issuer),
      selfSigned: c.selfSigned,
      fingerprint: c.fingerprint,
    });
    // a maker signs its devices itself; a public authority's customer is the site, not the maker
    if (c.selfSigned) this.tell.tell(this.#slot, dir, tsUs, 'tls', 'vendor', organisation);
  }

  /** No answer will be read: the client alone is told. */
  #finish(tsUs: number): ParseOutcome {
    if (this.#client !== null) this.#tell(tsUs, 0, -1);
    return ParseOutcome.Stop;
  }

  #tell(tsUs: number, agreed: number, cipher: number): void {
    if (this.#told) return;
    this.#told = true;
    const c = this.#client;
    const version = TLS_VERSIONS[agreed === 0 ? (c?.version ?? 0) : agreed] ?? '';
    const { events } = this.#ctx;
    const at = { flow: this.#slot, dir: this.#clientDir, tsUs };
    events.event({ kind: 'service', ...at, app: AppProto.Tls, version, credentials: false });
    events.event({
      kind: 'tls.hello',
      ...at,
      answered: agreed !== 0,
      version,
      versionNumber: agreed === 0 ? (c?.version ?? 0) : agreed,
      cipher: cipher < 0 ? '' : cipher.toString(16).padStart(4, '0'),
      serverName: c?.sni ?? '',
      alpn: cleanText(c?.alpn ?? '', 16),
      ja4: c === null ? '' : ja4(c),
    });
  }
}
