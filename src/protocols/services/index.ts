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
import { type Signature, signatureOf } from './signatures.js';

/** Bytes of an FTP control connection that are searched for a login. */
const FTP_LOOK = 2048;

/** Presence and version of other services: one `service` event a flow, one more when FTP credentials pass in clear. */
export function createServices(ctx: ProtocolContext): StreamProtocol {
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
    open: (slot) => new ServiceSession(ctx, slot, found as Signature),
  };
}

class ServiceSession implements ProtocolSession {
  readonly #ctx: ProtocolContext;
  readonly #slot: number;
  readonly #signature: Signature;
  #told = false;
  #seen = 0;

  constructor(ctx: ProtocolContext, slot: number, signature: Signature) {
    this.#ctx = ctx;
    this.#slot = slot;
    this.#signature = signature;
  }

  stream(slice: StreamSlice): ParseOutcome {
    const { app } = this.#signature;
    this.#ctx.columns.app[this.#slot] = app;
    if (!this.#told) {
      this.#told = true;
      this.#tell(slice.dir, slice.tsUs, false);
    }
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

  close(_reason: FlowEnd, _tsUs: number): void {}

  #tell(dir: Dir, tsUs: number, credentials: boolean): void {
    const { app, version } = this.#signature;
    this.#ctx.events.event({ kind: 'service', flow: this.#slot, dir, tsUs, app, version, credentials });
  }
}
