import {
  AppProto,
  type Dir,
  type FlowEnd,
  ParseOutcome,
  Probe,
  type ProtocolContext,
  type ProtocolSession,
  type StreamProtocol,
  type StreamSlice,
} from '../../core/index.js'; // prettier-ignore
import { FILE_WEIRDS, HttpBody, isExecutableDicom, smbFileHead } from './dicom-file.js';
import { type Signature, signatureOf } from './signatures.js';

export { createDicomFile } from './dicom-file.js';

/** Bytes of an FTP control connection that are searched for a login. */
const FTP_LOOK = 2048;

/** Presence and version of other services: one `service` event a flow, one more when FTP credentials pass in clear. */
export function createServices(ctx: ProtocolContext): StreamProtocol {
  const executable = ctx.weirds.register(FILE_WEIRDS.executable);
  let found: Signature | null = null;
  return {
    name: 'service',
    app: AppProto.Unknown,
    probeBytes: 16,
    probe(b, from, to, midstream, port) {
      if (midstream && port !== 23) return Probe.No;
      // who sent these bytes does not matter but for FTP, where both openings are asked
      found = signatureOf(b, from, to, false, port) ?? signatureOf(b, from, to, true, port);
      if (found !== null) return Probe.Yes;
      return to - from < 12 ? Probe.More : Probe.No;
    },
    open: (slot) => new ServiceSession(ctx, slot, found as Signature, executable),
  };
}

class ServiceSession implements ProtocolSession {
  readonly #ctx: ProtocolContext;
  readonly #slot: number;
  readonly #signature: Signature;
  #told = false;
  #seen = 0;
  readonly #executable: number;
  /** First bodies by direction, while they are looked for. */
  readonly #bodies: readonly HttpBody[];

  constructor(ctx: ProtocolContext, slot: number, signature: Signature, executable: number) {
    this.#ctx = ctx;
    this.#slot = slot;
    this.#signature = signature;
    this.#executable = executable;
    this.#bodies = signature.app === AppProto.Http ? [new HttpBody(), new HttpBody()] : [];
  }

  stream(slice: StreamSlice): ParseOutcome {
    const { app } = this.#signature;
    this.#ctx.columns.app[this.#slot] = app;
    if (!this.#told) {
      this.#told = true;
      this.#tell(slice.dir, slice.tsUs, false);
    }
    if (app === AppProto.Http) return this.#http(slice);
    if (app === AppProto.Smb) return this.#smb(slice);
    if (app !== AppProto.Ftp) return ParseOutcome.Stop;
    this.#seen += slice.to - slice.from;
    if (
      slice.dir === 0 &&
      slice.to - slice.from >= 5 &&
      slice.buf.toString('latin1', slice.from, slice.from + 5).toUpperCase() === 'PASS '
    ) {
      this.#tell(slice.dir, slice.tsUs, true);
      return ParseOutcome.Stop;
    }
    return this.#seen > FTP_LOOK ? ParseOutcome.Stop : ParseOutcome.Ok;
  }

  #http(slice: StreamSlice): ParseOutcome {
    if (slice.gapLen !== 0) return ParseOutcome.Stop;
    const body = this.#bodies[slice.dir];
    if (body.feed(slice.buf, slice.from, slice.to)) this.#ctx.weirds.hit(this.#executable, this.#slot, slice.tsUs);
    return this.#bodies.every((x) => x.done) ? ParseOutcome.Stop : ParseOutcome.Ok;
  }

  #smb(slice: StreamSlice): ParseOutcome {
    // only messages that begin where a slice begins are looked at: files are written in large messages of their own
    const head = slice.gapLen === 0 ? smbFileHead(slice.buf, slice.from, slice.to) : -1;
    if (head >= 0 && isExecutableDicom(slice.buf, head, slice.to)) {
      this.#ctx.weirds.hit(this.#executable, this.#slot, slice.tsUs);
      return ParseOutcome.Stop;
    }
    return ParseOutcome.Ok;
  }

  close(_reason: FlowEnd, _tsUs: number): void {}

  #tell(dir: Dir, tsUs: number, credentials: boolean): void {
    const { app, version } = this.#signature;
    this.#ctx.events.event({ kind: 'service', flow: this.#slot, dir, tsUs, app, version, credentials });
  }
}
